import { parseArgs } from 'node:util';
import { runChaos, type ChaosOptions } from './chaos-run.js';
import { chaosSummary } from './chaos-summary.js';
import { checkHistory } from './check-history.js';
import { violationReport } from './violation-report.js';

/**
 * The attack suite by hand: `npm run test:chaos -- --seed N --seconds S`. Exit code 1 on a violation, 2 for arguments
 * that make no sense. Without a seed it takes one from the clock, and prints it.
 */
const DEFAULT_SECONDS = 60;
const SEEDS = 1_000_000;
/** So many violations are shown in full. */
const MOST_REPORTS = 12;
const NAMES = ['seed', 'seconds', 'workers', 'rate'] as const;

const { seed, seconds, ...size } = readOptions(process.argv.slice(2));
const startedAt = Date.now();
console.log(
  `seed ${seed}, ${seconds} s of attack; the same again: npm run test:chaos -- --seed ${seed} --seconds ${seconds}`,
);

const history = await runChaos({
  seed,
  seconds,
  ...size,
  log: (line) => console.log(`${((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${line}`),
});
const violations = checkHistory(history);
console.log(chaosSummary(history));
for (const violation of violations.slice(0, MOST_REPORTS)) console.error(`\n${violationReport(violation, history)}`);
console.log(
  violations.length === 0 ? `No violation. Seed ${seed}.` : `\n${violations.length} violations. Seed ${seed}.`,
);
process.exit(violations.length === 0 ? 0 : 1);

function readOptions(args: string[]): Omit<ChaosOptions, 'log'> {
  try {
    const { values } = parseArgs({
      args,
      options: Object.fromEntries(NAMES.map((name) => [name, { type: 'string' }] as const)),
    });
    const given = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, whole(name, String(text))]));
    const { rate: jobsPerSecond, ...others } = given;
    return {
      seed: Date.now() % SEEDS,
      seconds: DEFAULT_SECONDS,
      ...others,
      ...(jobsPerSecond !== undefined && { jobsPerSecond }),
    };
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name}: expected a whole number from 1; got "${text}"`);
  return value;
}
