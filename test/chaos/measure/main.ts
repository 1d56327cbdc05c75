import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureFailover } from './failover.js';
import { measureOutage } from './outage.js';
import { measureRecovery, type Recovery } from './recovery.js';
import { measureSaturation } from './saturation.js';

/**
 * Figures, not checks: `npm run test:chaos -- measure` and then `recovery [--kills N] [--busy]`, `saturation [--seconds S]`,
 * `outage [--outage MS] [--kill]` or `failover [--seconds S]`.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '120' },
    outage: { type: 'string', default: '30000' },
    kill: { type: 'boolean', default: false },
    busy: { type: 'boolean', default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'leeway-measure-'));
const journals = join(folder, 'journals');
mkdirSync(journals);
try {
  console.log(JSON.stringify(await measure(positionals[0] ?? ''), null, 2));
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measure(what: string): Promise<object> {
  const outageMs = Number(values.outage);
  switch (what) {
    case 'recovery':
      return summary(await measureRecovery({ folder, kills: Number(values.kills), busy: values.busy }));
    case 'saturation':
      return measureSaturation({ folder, journals, seconds: Number(values.seconds) });
    case 'outage':
      return measureOutage({ folder, outageMs, how: values.kill ? 'kill' : 'freeze' });
    case 'failover':
      return measureFailover({ folder, journals, seconds: Number(values.seconds) });
    default:
      throw new Error(`expected recovery, saturation, outage or failover; got "${what}"`);
  }
}

function summary({ noticed, again, ...counts }: Recovery): object {
  return { ...counts, measured: again.length, noticed: quantiles(noticed), again: quantiles(again) };
}

function quantiles(times: readonly number[]): object {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return { p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), mostMs: at(1) };
}
