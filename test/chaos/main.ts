import { parseArgs } from 'node:util';
import { runChaos } from './chaos-run.js';
import { checkHistory } from './check-history.js';
import { chaosSummary } from './chaos-summary.js';
import { violationReport } from './violation-report.js';

/**
 * The attack suite by hand: `npm run test:chaos -- --seed N --seconds S`. Exit code 1 on a violation. Without a seed it
 * takes one from the clock, and says which.
 */
const DEFAULT_SECONDS = 60;
const MOST_REPORTS = 12;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seconds: { type: 'string' },
    workers: { type: 'string' },
    rate: { type: 'string' },
  },
});
const seed = whole('seed', Date.now() % 1_000_000);
const seconds = whole('seconds', DEFAULT_SECONDS);
const startedAt = Date.now();
console.log(
  `seed ${seed}, ${seconds} s of attack; the same again: npm run test:chaos -- --seed ${seed} --seconds ${seconds}`,
);

const history = await runChaos({
  seed,
  seconds,
  ...(values.workers !== undefined && { workers: whole('workers', 0) }),
  ...(values.rate !== undefined && { jobsPerSecond: whole('rate', 0) }),
  log: (line) => console.log(`${((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${line}`),
});
const violations = checkHistory(history);
console.log(chaosSummary(history));
for (const violation of violations.slice(0, MOST_REPORTS)) console.error(`\n${violationReport(violation, history)}`);
console.log(
  violations.length === 0 ? `No violation. Seed ${seed}.` : `\n${violations.length} violations. Seed ${seed}.`,
);
process.exit(violations.length === 0 ? 0 : 1);

/** Throws for what is not a whole number. */
function whole(name: 'seed' | 'seconds' | 'workers' | 'rate', otherwise: number): number {
  const text = values[name];
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name}: expected a whole number; got "${text}"`);
  return value;
}
