import type { JobEvent } from '@leeway/contract';
import { withTimeout } from '@leeway/runtime';

const RECONNECT_MS = 1_000;
const KEEP_ALIVE = ': keep-alive\n\n';
const INTERRUPTED = ': interrupted, connect again with the id of the last event\n\n';

export interface EventStreamOptions {
  /** After this long without an event a comment is sent, in milliseconds. */
  keepAliveMs: number;
  /** Fires when nobody reads any more. The source has to end then. */
  signal: AbortSignal;
}

/** Events as the text of server-sent events, with comments in between so that nothing on the way cuts a silent line. */
export async function* eventStreamText(
  events: AsyncIterable<JobEvent>,
  options: EventStreamOptions,
): AsyncGenerator<string> {
  const source = events[Symbol.asyncIterator]();
  try {
    yield `retry: ${RECONNECT_MS}\n\n`;
    let next = source.next();
    while (!options.signal.aborted) {
      const came = await withTimeout(next, options.keepAliveMs, undefined);
      if (came === undefined) {
        yield KEEP_ALIVE;
        continue;
      }
      if (came.done === true) return;
      yield eventText(came.value);
      next = source.next();
    }
  } catch {
    // Redis went away: the reader keeps its place by the id of the last event and comes back.
    yield INTERRUPTED;
  } finally {
    // Not awaited: a source that waits for news returns only when its signal has fired.
    source.return?.()?.catch(() => {});
  }
}

/** Those who follow the same job get the same events: each is written out once. */
const texts = new WeakMap<JobEvent, string>();

/** JSON has no line breaks of its own, so one `data` line holds the whole event. */
export function eventText(event: JobEvent): string {
  const known = texts.get(event);
  if (known !== undefined) return known;
  const text = `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  texts.set(event, text);
  return text;
}
