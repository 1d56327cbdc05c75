import type { MakePolicy } from '../policy.js';
import { fixed } from './fixed.js';
import { kaplanMeier } from './kaplan-meier.js';
import { leeway } from './leeway.js';
import { rank95 } from './rank95.js';
import { windowQuantile } from './window-quantile.js';

/** The policies by their names in `--policies` and in the JSON. The oracle is part of every run. */
export const POLICIES: Record<string, MakePolicy> = {
  'fixed-300s': fixed(300_000),
  'p99-1.5': windowQuantile(0.99, 1.5),
  'kaplan-meier-p99': kaplanMeier(0.99, 1.5),
  'rank95-2': rank95(2),
  leeway,
};
