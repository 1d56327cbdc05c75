import type { JobEvent, JobId } from '@leeway/contract';
import type { JobVerbs } from '@leeway/queue';

/** Stored events come one right after the other; a pause of this length means that the rest lies in the future, in ms. */
const QUIET_MS = 60;
/** A job without any stored event (they expire) must not hold the page, in ms. */
const FIRST_WITHIN_MS = 500;

/** What may be the last that happens to a job. */
const ENDS: readonly JobEvent['type'][] = ['finished', 'webhook_ended'];

/** The events of a job that are stored now, oldest first, without waiting for more. */
export async function storedEvents(verbs: Pick<JobVerbs, 'events'>, id: JobId): Promise<JobEvent[]> {
  const events = await upToAnEnd(verbs, { id, afterId: '0' });
  // A job that was tried again has ended more than once, and each end closes the stream.
  for (let last = events.at(-1); last !== undefined && ENDS.includes(last.type);) {
    const more = await upToAnEnd(verbs, { id, afterId: last.id });
    events.push(...more);
    last = more.at(-1);
  }
  return events;
}

async function upToAnEnd(verbs: Pick<JobVerbs, 'events'>, from: { id: JobId; afterId: string }): Promise<JobEvent[]> {
  const stop = new AbortController();
  const { id, afterId } = from;
  let timer = setTimeout(() => stop.abort(), FIRST_WITHIN_MS);
  const events: JobEvent[] = [];
  try {
    for await (const event of verbs.events(id, { afterId, signal: stop.signal })) {
      events.push(event);
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), QUIET_MS);
    }
  } finally {
    clearTimeout(timer);
  }
  return events;
}
