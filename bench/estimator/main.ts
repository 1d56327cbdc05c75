import { writeFileSync } from 'node:fs';
import { measure } from './measure.js';
import { type BenchOptions, readOptions, USAGE } from './options.js';
import { scatterPlot } from './plot.js';
import { POLICIES } from './policies/catalogue.js';
import { policyTable, traceTable } from './report.js';
import { stateCost } from './state-cost.js';
import { summarize } from './summary.js';
import { syntheticTraces } from './synthetic.js';
import { readTraces } from './trace.js';

try {
  bench(readOptions(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = 2;
}

function bench(options: BenchOptions): void {
  const traces = options.traces === undefined ? syntheticTraces() : readTraces(options.traces);
  const jobs = traces.reduce((sum, trace) => sum + trace.durationMs.length, 0);
  print(
    `${jobs} jobs in ${traces.length} traces, ${options.seeds} seeds${options.traces === undefined ? ' (synthetic traces; --traces reads real ones)' : ''}`,
  );
  const policies = Object.fromEntries(
    options.policies.flatMap((name) => (POLICIES[name] === undefined ? [] : [[name, POLICIES[name]]])),
  );
  const results = measure({
    traces,
    policies,
    scenarios: options.scenarios,
    seeds: options.seeds,
    progress: (text) => process.stderr.write(`${text}\n`),
  });
  const summaries = summarize(results);
  const cost = stateCost();
  print(`\n${policyTable(summaries)}`);
  if (summaries['leeway'] !== undefined) print(`\nleeway, trace by trace:\n\n${traceTable(summaries['leeway'])}`);
  print(
    `\nA level: ${cost.updateNs.toFixed(0)} ns to add a result, ${cost.readNs.toFixed(0)} ns to read its quantile, ${cost.levelBytes} bytes in memory, ${cost.ringBytes} bytes stored.`,
  );
  if (options.json !== undefined) {
    const about = {
      date: new Date().toISOString(),
      seeds: options.seeds,
      scenarios: options.scenarios.map(({ name }) => name),
      state: cost,
    };
    writeFileSync(options.json, `${JSON.stringify({ ...about, policies: summaries }, null, 2)}\n`);
  }
  if (options.svg !== undefined) writeFileSync(options.svg, scatterPlot(summaries));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
