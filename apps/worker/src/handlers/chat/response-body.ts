import type { IncomingMessage } from 'node:http';
import { createParser } from 'eventsource-parser';
import { ChatFailure } from './chat-errors.js';

export interface BodyLimits {
  maxBytes: number;
  /** Longest time for reading it. Absent: unlimited. */
  maxMs?: number;
}

export interface ResponseBody {
  readonly text: string;
  /** `whole`: complete. `too_large`, `too_slow`: the beginning, up to that limit. `cut`: the connection broke. */
  readonly end: 'whole' | 'too_large' | 'too_slow' | 'cut';
}

/** The text of a body, within the limits. Never throws. */
export async function readBody(response: IncomingMessage, { maxBytes, maxMs }: BodyLimits): Promise<ResponseBody> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let end: ResponseBody['end'] = 'cut';
  const timer = maxMs === undefined ? undefined : setTimeout(() => stop('too_slow'), maxMs);
  const stop = (reason: 'too_slow' | 'too_large') => {
    end = reason;
    response.destroy();
  };
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, maxBytes - bytes));
      bytes += chunk.length;
      if (bytes > maxBytes) stop('too_large');
    }
    if (end === 'cut' && response.complete) end = 'whole';
  } catch {
    // A broken connection, or `stop`; `end` has the reason.
  } finally {
    clearTimeout(timer);
  }
  return { text: Buffer.concat(chunks).toString(), end };
}

/**
 * The data of each server-sent event, as its bytes arrive. Leaving the loop closes the stream. Throws ChatFailure when an
 * unfinished event grows beyond `maxChars` UTF-16 units.
 */
export async function* readEvents(
  bytes: AsyncIterable<Uint8Array>,
  { maxChars }: { maxChars: number },
): AsyncGenerator<string> {
  const events: string[] = [];
  const parser = createParser({
    onEvent: ({ data }) => events.push(data),
    // Unknown fields are errors to the parser, too, and harmless.
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') throw tooLarge(maxChars);
    },
    maxBufferSize: maxChars,
  });
  // Removes a byte order mark, keeps half a character for the next chunk, and replaces invalid bytes by U+FFFD.
  const decoder = new TextDecoder();
  for await (const chunk of bytes) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* events.splice(0);
  }
}

function tooLarge(maxChars: number): ChatFailure {
  return new ChatFailure('malformed_stream', `an event of the stream is longer than ${maxChars} characters`);
}
