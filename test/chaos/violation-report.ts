import type { ChaosHistory, JobHistory, Violation } from './history.js';
import { attackText } from './nemesis-plan.js';
import { pidOf, type Span } from './disturbances.js';
import { logAround } from './worker-log.js';

/** Attacks this long before and after a violation are shown with it, in ms. */
const AROUND_MS = 6_000;
const SECOND_MS = 1_000;

/** A violation with everything needed to understand it: the job, its attempts, events and journal, and the attacks around it. */
export function violationReport(violation: Violation, history: ChaosHistory): string {
  const entry = history.jobs.find(({ id }) => id === violation.job);
  const time = clock(history);
  const lines = [`VIOLATION of "${violation.check}"`, `  ${violation.job ?? 'the whole'}: ${violation.what}`];
  if (entry !== undefined) lines.push(...jobLines(entry, time));
  const span = spanOf(violation, entry);
  if (span !== undefined) {
    const around = history.attacks.filter(({ from, to }) => from <= span.to + AROUND_MS && to >= span.from - AROUND_MS);
    lines.push(
      '  attacks around it:',
      ...around.map(
        ({ attack, from, to, worker }) =>
          `    ${time(from)} to ${time(to)}  ${attackText(attack)}${worker === null ? '' : ` (pid ${worker})`}`,
      ),
    );
  }
  if (entry !== undefined && span !== undefined) lines.push(...logLines(entry, span, history));
  return lines.join('\n');
}

/** What the workers of the job logged around the time. */
function logLines({ job }: JobHistory, span: Span, history: ChaosHistory): string[] {
  const pids = new Set(job?.attempts.map(({ worker }) => pidOf(worker)));
  return history.workers
    .filter(({ pid }) => pids.has(pid))
    .flatMap((worker) => logAround(worker, span, clock(history)));
}

function jobLines(
  { job, client, events, journal, sightings, bull }: JobHistory,
  time: (at: number) => string,
): string[] {
  const planned = client?.planned;
  return [
    `  planned: ${planned === undefined ? 'not by us' : `${planned.behaviour} for ${planned.forMs} ms ${JSON.stringify(planned.options)}`}`,
    `  client: accepted ${client?.acceptedAt === null || client === null ? 'never' : time(client.acceptedAt)}, asked ${JSON.stringify(client?.controls ?? null)}`,
    `  record: ${job === null ? 'none' : `${job.state} ${job.cause ?? ''}, ${job.losses} losses, error ${JSON.stringify(job.error?.message ?? null)}`}; BullMQ: ${bull}`,
    ...(job?.attempts ?? []).map(
      (a) =>
        `    attempt ${a.number} on ${a.worker}: ${stamp(a.startedAt, time)} to ${stamp(a.endedAt, time)} ${a.outcome} ${a.cause ?? ''} deadline ${stamp(a.deadlineAt, time)}`,
    ),
    ...events
      .filter(({ type }) => type !== 'output')
      .map((e) => `    ${time(e.at)} event ${e.type} ${e.attempt} ${JSON.stringify(e.data)}`),
    ...journal.map((entry) => `    ${time(entry.at)} journal ${entry.event} ${entry.attempt} pid ${entry.pid}`),
    ...sightings.map(
      (seen) => `    ${time(seen.firstAt)} to ${time(seen.lastAt)} seen: ${seen.attempt} pid ${seen.pid}`,
    ),
  ];
}

function spanOf(violation: Violation, entry: JobHistory | undefined): Span | undefined {
  if (violation.at !== undefined) return { from: violation.at, to: violation.at };
  const [first, last] = [entry?.events[0], entry?.events.at(-1)];
  return first === undefined || last === undefined ? undefined : { from: first.at, to: last.at };
}

/** Seconds since the attack began. */
function clock({ startedAt }: ChaosHistory): (at: number) => string {
  return (at) => (Number.isFinite(at) ? `${((at - startedAt) / SECOND_MS).toFixed(3)} s` : 'open');
}

function stamp(at: string | null, time: (at: number) => string): string {
  return at === null ? 'never' : time(Date.parse(at));
}
