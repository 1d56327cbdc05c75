import type { JobEvent } from '@leeway/contract';
import { withTimeout } from '@leeway/runtime';

const RECONNECT_MS = 1_000;
const KEEP_ALIVE = ': keep-alive\n\n';
const INTERRUPTED = ': interrupted, connect again with the id of the last event\n\n';

export interface EventStreamOptions {
  /** Milliseconds without an event after which a comment is sent. */
  keepAliveMs: number;
  /** Aborts when nobody reads any more. The source has to end then. */
  signal: AbortSignal;
}

/** Events as the text of server-sent events; comments in between keep proxies from cutting a silent connection. */
export async function* eventStreamText(
  events: AsyncIterable<JobEvent>,
  options: EventStreamOptions,
): AsyncGenerator<string> {
  const source = events[Symbol.asyncIterator]();
  try {
    yield `retry: ${RECONNECT_MS}\n\n`;
    let next = source.next();
    while (!options.signal.aborted) {
      const result = await withTimeout(next, options.keepAliveMs, undefined);
      if (result === undefined) {
        yield KEEP_ALIVE;
        continue;
      }
      if (result.done === true) return;
      yield eventText(result.value);
      next = source.next();
    }
  } catch {
    // Redis is away: the client connects again after the id of the last event.
    yield INTERRUPTED;
  } finally {
    // Not awaited: a waiting source returns only when its signal has aborted.
    source.return?.()?.catch(() => {});
  }
}

/** Followers of one job share its events: each is serialized once. */
const texts = new WeakMap<JobEvent, string>();

/** JSON text has no line breaks, so one `data` line holds the whole event. */
function eventText(event: JobEvent): string {
  const known = texts.get(event);
  if (known !== undefined) return known;
  const text = `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  texts.set(event, text);
  return text;
}
