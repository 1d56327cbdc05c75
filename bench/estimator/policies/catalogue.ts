import type { MakePolicy } from '../policy.js';
import { decayedSketch } from './decayed-sketch.js';
import { fixed } from './fixed.js';
import { kaplanMeier } from './kaplan-meier.js';
import { leeway } from './leeway.js';
import { moments } from './moments.js';
import { rank95 } from './rank95.js';
import { retransmissionTimer } from './retransmission.js';
import { windowQuantile } from './window-quantile.js';

/** Every policy by the name that `--policies` and the JSON know it by. The oracle is added by the run. */
export const POLICIES: Record<string, MakePolicy> = {
  'fixed-60s': fixed(60_000),
  'fixed-300s': fixed(300_000),
  '3-mean': moments((mean) => 3 * mean),
  'mean-4sd': moments((mean, deviation) => mean + 4 * deviation),
  'rto-4': retransmissionTimer(4, false),
  'rto-16': retransmissionTimer(16, true),
  'p95-1.5': windowQuantile(0.95, 1.5),
  'p99-1.5': windowQuantile(0.99, 1.5),
  'ddsketch-p99': decayedSketch(0.99, 1),
  'kaplan-meier-p99': kaplanMeier(0.99, 1.5),
  'rank95-2': rank95(2),
  'rank95-2.5': rank95(2.5),
  leeway,
};
