import { createParser } from 'eventsource-parser';
import { ChatFailure } from './chat-errors.js';

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
