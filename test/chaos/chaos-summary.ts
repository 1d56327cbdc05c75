import type { ChaosHistory } from './history.js';

/** What happened, in figures. */
export function chaosSummary({ jobs, attacks, startedAt, calmAt, stalls }: ChaosHistory): string {
  const attempts = jobs.flatMap(({ job }) => job?.attempts ?? []);
  const lines = [
    `${jobs.length} jobs, ${attempts.length} attempts, ${attacks.length} attacks in ${Math.round((calmAt - startedAt) / 1_000)} s`,
    `jobs: ${tally(jobs.map(({ job }) => (job === null ? 'missing' : `${job.state}${job.cause === null || job.state === 'cancelled' ? '' : ` (${job.cause})`}`)))}`,
    `attempts: ${tally(attempts.map(({ outcome }) => outcome ?? 'open'))}`,
    `attacks: ${tally(attacks.map(({ attack }) => attack.kind))}`,
  ];
  if (stalls.length > 0)
    lines.push(
      `this machine was stalled ${stalls.length} times, ${Math.max(...stalls.map(({ from, to }) => to - from))} ms at most`,
    );
  return lines.join('\n');
}

function tally(names: readonly string[]): string {
  const counts = [...names.reduce((map, name) => map.set(name, (map.get(name) ?? 0) + 1), new Map<string, number>())];
  return counts
    .toSorted((a, b) => b[1] - a[1])
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}
