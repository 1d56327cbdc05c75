import type { JobEvent, JobId } from '@leeway/contract';
import type { JobQueue } from '@leeway/queue';

/** Stored events arrive without pauses: after this long without one, in ms, there are no more stored. */
const QUIET_MS = 60;
/** The same for the first event, which takes a round trip. Events expire, so a job may have none. */
const FIRST_WITHIN_MS = 500;

/** Types of events at which the stream of a job closes. */
const ENDS: readonly JobEvent['type'][] = ['finished', 'webhook_ended'];

/** The stored events of a job, oldest first, without waiting for further ones. */
export async function storedEvents(queue: Pick<JobQueue, 'events'>, id: JobId): Promise<JobEvent[]> {
  const events = await upToAnEnd(queue, { id, afterId: '0' });
  // A retried job has ended more than once, and each end closes the stream.
  for (let last = events.at(-1); last !== undefined && ENDS.includes(last.type);) {
    const more = await upToAnEnd(queue, { id, afterId: last.id });
    events.push(...more);
    last = more.at(-1);
  }
  return events;
}

async function upToAnEnd(queue: Pick<JobQueue, 'events'>, from: { id: JobId; afterId: string }): Promise<JobEvent[]> {
  const stop = new AbortController();
  const { id, afterId } = from;
  let timer = setTimeout(() => stop.abort(), FIRST_WITHIN_MS);
  const events: JobEvent[] = [];
  try {
    for await (const event of queue.events(id, { afterId, signal: stop.signal })) {
      events.push(event);
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), QUIET_MS);
    }
  } finally {
    clearTimeout(timer);
  }
  return events;
}
