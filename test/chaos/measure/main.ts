import { mkdirSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureRecovery } from './recovery.js';
import { measureSaturation } from './saturation.js';

/**
 * Figures, not checks: `recovery [--kills N]`, `saturation [--seconds S] [--outage MS]`. Run with the Node options of
 * bin/lib/chaos-command.mjs.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '120' },
    outage: { type: 'string', default: '0' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'leeway-measure-'));
const facts = join(folder, 'facts');
mkdirSync(facts);
try {
  if (positionals[0] === 'saturation') {
    console.log(
      JSON.stringify(
        await measureSaturation({ folder, facts, seconds: Number(values.seconds), outageMs: Number(values.outage) }),
        null,
        2,
      ),
    );
  } else {
    const { times, wrong, jobs } = await measureRecovery({ folder, kills: Number(values.kills) });
    const sorted = times.filter((ms) => !Number.isNaN(ms)).toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
    console.log(
      JSON.stringify(
        {
          kills: Number(values.kills),
          running: sorted.length,
          p50Ms: at(0.5),
          p90Ms: at(0.9),
          p99Ms: at(0.99),
          mostMs: at(1),
          jobs,
          wrong,
        },
        null,
        2,
      ),
    );
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
