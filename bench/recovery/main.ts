import { parseArgs } from 'node:util';
import { type Fault, measure, type Measured } from './measure.js';
import { SYSTEMS } from './systems.js';

/**
 * `npm run bench recovery -- [--rounds N] [--seconds S]`: time until the jobs of a dead or frozen worker run again, and
 * until a job that hangs does, for Leeway and bare BullMQ. All systems run at the same time, on the same busy machine.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '1' }, seconds: { type: 'string', default: '100' } },
});
const FAULTS: readonly Fault[] = ['SIGKILL', 'SIGSTOP'];
const MS_PER_S = 1_000;

const found = new Map<string, Measured[]>();
for (let round = 1; round <= Number(values.rounds); round += 1) {
  for (const fault of FAULTS) {
    const results = await Promise.all(
      SYSTEMS.map((system) => measure(system, fault, Number(values.seconds) * MS_PER_S)),
    );
    for (const [i, result] of results.entries()) {
      const name = SYSTEMS[i]?.name ?? '';
      found.set(`${name} ${fault}`, [...(found.get(`${name} ${fault}`) ?? []), result]);
      console.log(`round ${round}, ${fault}, ${name}: ${JSON.stringify(result)}`);
    }
  }
}

console.log(
  '\n| | kill -9 until all its jobs run again | frozen (SIGSTOP) until all run again | a job that hangs until it runs again |',
);
console.log('| --- | --- | --- | --- |');
for (const { name } of SYSTEMS) {
  const of = (fault: Fault) => found.get(`${name} ${fault}`) ?? [];
  const all = FAULTS.flatMap(of);
  console.log(`| ${name} | ${times(of('SIGKILL'))} | ${times(of('SIGSTOP'))} | ${hung(all)} |`);
}

function times(results: readonly Measured[]): string {
  return results.map(({ recoveryMs }) => seconds(recoveryMs)).join(', ');
}

function hung(results: readonly Measured[]): string {
  const known = results.flatMap(({ hungMs }) => (hungMs === null ? [] : [seconds(hungMs)]));
  if (known.length === results.length) return known.join(', ');
  const watchedMs = Math.min(...results.map((result) => result.watchedMs));
  return `${known.length} of ${results.length}, observed for at least ${seconds(watchedMs)}`;
}

function seconds(ms: number | null): string {
  return ms === null ? 'not in time' : `${(ms / MS_PER_S).toFixed(2)} s`;
}
