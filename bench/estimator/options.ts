import { parseArgs } from 'node:util';
import { POLICIES } from './policies/catalogue.js';
import { SCENARIOS, type Scenario } from './world.js';

export interface BenchOptions {
  /** Folder of CSV files; undefined: synthetic traces. */
  traces: string | undefined;
  policies: string[];
  scenarios: Scenario[];
  seeds: number;
  json: string | undefined;
  svg: string | undefined;
}

export const USAGE = `npm run bench:estimator -- [--traces DIR] [--policies a,b] [--scenarios a,b] [--seeds N] [--json FILE] [--svg FILE]

  --traces     folder of .csv or .csv.gz files with the columns t_s, key, duration_s; default: synthetic traces
  --policies   ${Object.keys(POLICIES).join(', ')}
  --scenarios  ${Object.keys(SCENARIOS).join(', ')}
  --seeds      worlds for each trace and scenario, 3 by default
  --json       file for all figures
  --svg        file for the plot
`;

/** Throws an Error with the expected and the given value of a wrong option. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      traces: { type: 'string' },
      policies: { type: 'string' },
      scenarios: { type: 'string' },
      seeds: { type: 'string', default: '3' },
      json: { type: 'string' },
      svg: { type: 'string' },
    },
  });
  const seeds = Number(values.seeds);
  if (!Number.isInteger(seeds) || seeds < 1)
    throw new Error(`--seeds: expected a whole number from 1; got ${values.seeds}`);
  const scenarios = chosen('--scenarios', values.scenarios, SCENARIOS).map(
    (name) => SCENARIOS[name as keyof typeof SCENARIOS],
  );
  return {
    traces: values.traces,
    policies: chosen('--policies', values.policies, POLICIES),
    scenarios,
    seeds,
    json: values.json,
    svg: values.svg,
  };
}

function chosen(option: string, given: string | undefined, known: Readonly<Record<string, unknown>>): string[] {
  if (given === undefined) return Object.keys(known);
  const names = given.split(',').map((name) => name.trim());
  const wrong = names.find((name) => known[name] === undefined);
  if (wrong !== undefined)
    throw new Error(`${option}: expected names of ${Object.keys(known).join(', ')}; got "${wrong}"`);
  return names;
}
