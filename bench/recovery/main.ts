import { parseArgs } from 'node:util';
import { CONTENDERS } from './contenders.js';
import { type Blow, measure, type Measured } from './measure.js';

/**
 * `npm run bench recovery -- [--rounds N] [--seconds S]`: how long until the jobs of a dead or frozen worker run again, and
 * one that hangs, for Leeway and bare BullMQ. All of them at the same time, so that they share the noise of the machine.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '1' }, seconds: { type: 'string', default: '100' } },
});
const BLOWS: readonly Blow[] = ['SIGKILL', 'SIGSTOP'];
const MS_PER_S = 1_000;

const found = new Map<string, Measured[]>();
for (let round = 1; round <= Number(values.rounds); round += 1) {
  for (const blow of BLOWS) {
    const results = await Promise.all(
      CONTENDERS.map((contender) => measure(contender, blow, Number(values.seconds) * MS_PER_S)),
    );
    for (const [i, result] of results.entries()) {
      const name = CONTENDERS[i]?.name ?? '';
      found.set(`${name} ${blow}`, [...(found.get(`${name} ${blow}`) ?? []), result]);
      console.log(`round ${round}, ${blow}, ${name}: ${JSON.stringify(result)}`);
    }
  }
}

console.log(
  '\n| | kill -9 until all its jobs run again | frozen (SIGSTOP) until all run again | a job that hangs until it runs again |',
);
console.log('| --- | --- | --- | --- |');
for (const { name } of CONTENDERS) {
  const of = (blow: Blow) => found.get(`${name} ${blow}`) ?? [];
  const all = BLOWS.flatMap(of);
  console.log(`| ${name} | ${times(of('SIGKILL'))} | ${times(of('SIGSTOP'))} | ${stuck(all)} |`);
}

function times(results: readonly Measured[]): string {
  return results.map(({ recoveryMs }) => seconds(recoveryMs)).join(', ');
}

function stuck(results: readonly Measured[]): string {
  const known = results.flatMap(({ stuckMs }) => (stuckMs === null ? [] : [seconds(stuckMs)]));
  if (known.length === results.length) return known.join(', ');
  const watchedMs = Math.min(...results.map((result) => result.watchedMs));
  return `${known.length} of ${results.length}, watched for ${seconds(watchedMs)} at least`;
}

function seconds(ms: number | null): string {
  return ms === null ? 'not in time' : `${(ms / MS_PER_S).toFixed(2)} s`;
}
