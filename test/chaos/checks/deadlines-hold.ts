import type { Attempt } from '@leeway/contract';
import { SUPERVISION } from '../chaos-policy.js';
import type { ChaosHistory, Check, JobHistory, Violation } from '../history.js';
import { afterMs, blocks, cuts, outages, pidOf, type Span, stops, troubleOf } from '../trouble.js';

/** Beyond deadline and grace, in ms; it is the figure of the guarantee. */
const MARGIN_MS = 1_000;
const ALLOWED_MS = SUPERVISION.graceMs + MARGIN_MS;
/** What is over takes so long to be written on a machine that is as busy as an attack makes it, in ms. */
const WRITING_MS = 500;
/** Within this no process is left that nobody looks after any more. */
const ORPHANED_MS = 5_000;

/**
 * No attempt runs beyond the last deadline on record, grace and a second (G3), not counting time in which its worker
 * stood still: not its processes, whatever happens to Redis; nor its record, but for the time in which nobody could
 * write it. And none is ended before its deadline.
 */
export const deadlinesHold: Check = (history) =>
  history.jobs.flatMap((entry) =>
    (entry.job?.attempts ?? []).flatMap((attempt) => [
      ...processesBeyond(attempt, entry, history),
      ...recordBeyond(attempt, entry, history),
      ...tooEarly(attempt, entry),
    ]),
  );

function processesBeyond(attempt: Attempt, entry: JobHistory, history: ChaosHistory): Violation[] {
  const { id, sightings } = entry;
  const its = sightings.filter((seen) => seen.attempt === `${id}.${attempt.number}`);
  const limit = limitOf(attempt, [
    ...standstill(attempt, history),
    ...openPauses(attempt, entry),
    ...unheard(attempt, entry, history),
    ...deserted(attempt, history),
  ]);
  const lateMs = Math.max(...its.map(({ lastAt }) => lastAt)) - limit;
  if (!(lateMs > 0)) return [];
  const what = `a process of attempt ${attempt.number} was seen ${Math.round(lateMs)} ms after deadline and ${ALLOWED_MS} ms`;
  return [{ ...broken(id, what), at: limit }];
}

function recordBeyond(attempt: Attempt, entry: JobHistory, history: ChaosHistory): Violation[] {
  const { id } = entry;
  // A lost attempt ends when it is missed, which is not its own doing.
  if (attempt.endedAt === null || attempt.outcome === 'lost') return [];
  const unwritable = [
    ...standstill(attempt, history),
    ...openPauses(attempt, entry),
    ...troubleOf(attempt.worker, history),
    ...outages(history),
  ];
  const lateMs = Date.parse(attempt.endedAt) - limitOf(attempt, unwritable) - WRITING_MS;
  if (!(lateMs > 0)) return [];
  const what = `attempt ${attempt.number} was settled ${Math.round(lateMs)} ms after deadline and ${ALLOWED_MS + WRITING_MS} ms`;
  return [{ ...broken(id, what), at: Date.parse(attempt.endedAt) }];
}

function tooEarly({ number, cause, durationMs, decision }: Attempt, { id }: JobHistory): Violation[] {
  if (cause !== 'deadline' || durationMs === null || decision === null || durationMs >= decision.deadlineMs) return [];
  return [
    broken(id, `attempt ${number} was ended for its deadline of ${decision.deadlineMs} ms after ${durationMs} ms`),
  ];
}

/** An attempt whose deadline never reached the record has none here. */
function limitOf({ deadlineAt }: Attempt, cleared: readonly Span[]): number {
  return deadlineAt === null ? Infinity : afterMs(cleared, Date.parse(deadlineAt), ALLOWED_MS);
}

/** A worker that is stopped, or held by a handler of its own, ends nothing; the leash does it only after its own window. */
function standstill({ worker }: Attempt, history: ChaosHistory): Span[] {
  return [...stops(worker, history), ...blocks(worker, history), ...history.stalls];
}

/** The answer to its opening was caught in a cut: until it came its worker did not know that it had begun. */
function unheard({ number, worker, startedAt }: Attempt, { events }: JobHistory, history: ChaosHistory): Span[] {
  const begun = events.find(({ type, attempt }) => type === 'started' && attempt === number);
  const span = { from: Date.parse(startedAt), to: begun?.at ?? Infinity };
  return cuts(worker, history).some(({ from, to }) => from <= span.to && to >= span.from) ? [span] : [];
}

/** Its leash was killed while its worker could not notice, and then the worker died of that: any other worker finds it. */
function deserted({ worker }: Attempt, history: ChaosHistory): Span[] {
  const pid = pidOf(worker);
  const diedAt = history.workers.find((life) => life.pid === pid)?.to ?? Infinity;
  const held = blocks(worker, history);
  return history.attacks
    .filter(({ attack, worker: target }) => attack.kind === 'kill_leash' && target === pid)
    .filter(({ from: at }) => held.some(({ from, to }) => from <= at && to >= at && to >= diedAt))
    .map(({ from }) => ({ from, to: diedAt + ORPHANED_MS }));
}

/** While somebody pauses it its clocks stand; a pause that is over has moved the deadline already. */
function openPauses({ number, endedAt }: Attempt, { events }: JobHistory): Span[] {
  const last = events.findLast(({ type, attempt }) => attempt === number && (type === 'paused' || type === 'resumed'));
  return last?.type === 'paused' ? [{ from: last.at, to: Date.parse(endedAt ?? '') || Infinity }] : [];
}

function broken(job: string, what: string): Violation {
  return { check: 'no attempt runs beyond its deadline', job, what };
}
