import type { Attempt } from '@leeway/contract';
import { SUPERVISION } from '../chaos-policy.js';
import type { ChaosHistory, Check, JobHistory, Violation } from '../history.js';
import { afterMs, blocks, cuts, outages, pidOf, type Span, stops, disturbancesOf } from '../disturbances.js';

/** Allowed beyond deadline and grace, in ms: the figure of the guarantee. */
const MARGIN_MS = 1_000;
const ALLOWED_MS = SUPERVISION.graceMs + MARGIN_MS;
/** Time to write the end of an attempt on a machine that is as busy as an attack makes it, in ms. */
const WRITING_MS = 500;
/** Within this time other workers kill the processes that a worker and its leash have left behind, in ms. */
const ORPHANED_MS = 5_000;

/**
 * No attempt runs beyond its last recorded deadline, the grace and a second (G3), not counting time in which its worker
 * was stopped or blocked: neither its processes, whatever happens to Redis, nor its record, except for time in which that
 * could not be written. And none is ended before its deadline.
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
    ...unansweredClaim(attempt, entry, history),
    ...orphaned(attempt, history),
  ]);
  const lateMs = Math.max(...its.map(({ lastAt }) => lastAt)) - limit;
  if (!(lateMs > 0)) return [];
  const what = `a process of attempt ${attempt.number} was seen ${Math.round(lateMs)} ms after deadline and ${ALLOWED_MS} ms`;
  return [{ ...broken(id, what), at: limit }];
}

function recordBeyond(attempt: Attempt, entry: JobHistory, history: ChaosHistory): Violation[] {
  const { id } = entry;
  // A lost attempt ends when its loss is noticed, which no deadline bounds.
  if (attempt.endedAt === null || attempt.outcome === 'lost') return [];
  const unwritable = [
    ...standstill(attempt, history),
    ...openPauses(attempt, entry),
    ...disturbancesOf(attempt.worker, history),
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

/** Infinite for an attempt whose deadline was never recorded. */
function limitOf({ deadlineAt }: Attempt, notCounted: readonly Span[]): number {
  return deadlineAt === null ? Infinity : afterMs(notCounted, Date.parse(deadlineAt), ALLOWED_MS);
}

/** A worker that is stopped, or blocked by a handler, ends nothing; its leash does so only after a window of its own. */
function standstill({ worker }: Attempt, history: ChaosHistory): Span[] {
  return [...stops(worker, history), ...blocks(worker, history), ...history.stalls];
}

/** The reply to its claim was delayed by a cut: until it came the worker did not know that the attempt had begun. */
function unansweredClaim(
  { number, worker, startedAt }: Attempt,
  { events }: JobHistory,
  history: ChaosHistory,
): Span[] {
  const begun = events.find(({ type, attempt }) => type === 'started' && attempt === number);
  const span = { from: Date.parse(startedAt), to: begun?.at ?? Infinity };
  return cuts(worker, history).some(({ from, to }) => from <= span.to && to >= span.from) ? [span] : [];
}

/** Its leash was killed while its worker was blocked, and then the worker was killed for that: other workers find it. */
function orphaned({ worker }: Attempt, history: ChaosHistory): Span[] {
  const pid = pidOf(worker);
  const diedAt = history.workers.find((each) => each.pid === pid)?.to ?? Infinity;
  const blocked = blocks(worker, history);
  return history.attacks
    .filter(({ attack, worker: target }) => attack.kind === 'kill_leash' && target === pid)
    .filter(({ from: at }) => blocked.some(({ from, to }) => from <= at && to >= at && to >= diedAt))
    .map(({ from }) => ({ from, to: diedAt + ORPHANED_MS }));
}

/** The clocks are stopped while it is paused; a pause that is over has moved the deadline already. */
function openPauses({ number, endedAt }: Attempt, { events }: JobHistory): Span[] {
  const last = events.findLast(({ type, attempt }) => attempt === number && (type === 'paused' || type === 'resumed'));
  return last?.type === 'paused' ? [{ from: last.at, to: Date.parse(endedAt ?? '') || Infinity }] : [];
}

function broken(job: string, what: string): Violation {
  return { check: 'no attempt runs beyond its deadline', job, what };
}
