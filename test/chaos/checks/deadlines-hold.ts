import type { Attempt } from '@leeway/contract';
import { SUPERVISION } from '../chaos-policy.js';
import type { ChaosHistory, Check, JobHistory, Violation } from '../history.js';
import { blocks, outages, overlapMs, type Span, stops, troubleOf } from '../trouble.js';

/** Beyond deadline and grace, in ms; it is the figure of the guarantee. */
const MARGIN_MS = 1_000;

/**
 * No attempt runs beyond the last deadline on record, grace and a second (G3): not its processes, whatever happens to
 * Redis; nor its record, but for the time in which nobody could write it. And none is ended before its deadline.
 */
export const deadlinesHold: Check = (history) =>
  history.jobs.flatMap((entry) => (entry.job?.attempts ?? []).flatMap((attempt) => judge(attempt, entry, history)));

function judge(attempt: Attempt, entry: JobHistory, history: ChaosHistory): Violation[] {
  if (attempt.deadlineAt === null) return [];
  const limit = Date.parse(attempt.deadlineAt) + SUPERVISION.graceMs + MARGIN_MS;
  return [
    ...processesBeyond(attempt, entry, { limit, history }),
    ...recordBeyond(attempt, entry, { limit, history }),
    ...tooEarly(attempt, entry),
  ];
}

interface Limit {
  limit: number;
  history: ChaosHistory;
}

function processesBeyond(
  { number, worker }: Attempt,
  { id, sightings }: JobHistory,
  { limit, history }: Limit,
): Violation[] {
  const last = Math.max(
    ...sightings.filter(({ attempt }) => attempt === `${id}.${number}`).map(({ lastAt }) => lastAt),
  );
  const stood = standstillMs(worker, history, { from: limit - SUPERVISION.graceMs - MARGIN_MS, to: limit });
  if (last <= limit + stood) return [];
  return [
    {
      ...broken(
        id,
        `a process of attempt ${number} was seen ${Math.round(last - limit)} ms after deadline, grace and ${MARGIN_MS} ms`,
      ),
      at: limit,
    },
  ];
}

function recordBeyond(attempt: Attempt, { id }: JobHistory, { limit, history }: Limit): Violation[] {
  // A lost attempt ends when it is missed, which is not its own doing.
  if (attempt.endedAt === null || attempt.outcome === 'lost') return [];
  const [startedAt, endedAt] = [Date.parse(attempt.startedAt), Date.parse(attempt.endedAt)];
  const excused = overlapMs(
    [...troubleOf(attempt.worker, history), ...blocks(attempt.worker, history), ...outages(history), ...history.stalls],
    { from: startedAt, to: endedAt },
  );
  if (endedAt <= limit + excused) return [];
  return [
    {
      ...broken(
        id,
        `attempt ${attempt.number} was settled ${endedAt - limit} ms after deadline, grace and ${MARGIN_MS} ms; ${excused} ms are explained`,
      ),
      at: endedAt,
    },
  ];
}

function tooEarly({ number, cause, durationMs, decision }: Attempt, { id }: JobHistory): Violation[] {
  if (cause !== 'deadline' || durationMs === null || decision === null || durationMs >= decision.deadlineMs) return [];
  return [
    broken(id, `attempt ${number} was ended for its deadline of ${decision.deadlineMs} ms after ${durationMs} ms`),
  ];
}

/** A worker that is stopped, or held by a handler of its own, ends nothing; the leash does it only after its own window. */
function standstillMs(worker: string, history: ChaosHistory, within: Span): number {
  return overlapMs([...stops(worker, history), ...blocks(worker, history), ...history.stalls], within);
}

function broken(job: string, what: string): Violation {
  return { check: 'no attempt runs beyond its deadline', job, what };
}
