import { startTimeLimit } from './time-limit.js';
import type { Call, Transport } from './transport.js';

/** Milliseconds without a byte until a download is given up. */
const SILENCE_MS = 30_000;

/** The body of an answer as text, piece by piece. Throws ApiError when it is refused or breaks off. */
export async function* downloadText(transport: Transport, call: Call): AsyncGenerator<string> {
  const limit = startTimeLimit(transport.timeoutMs, call.signal);
  const decoder = new TextDecoder();
  try {
    const response = await transport.open(call, limit);
    for await (const chunk of response.body ?? []) {
      limit.restart(SILENCE_MS);
      yield decoder.decode(chunk, { stream: true });
    }
    yield decoder.decode();
  } catch (error) {
    throw transport.translate(error, limit, call);
  } finally {
    limit.clear();
  }
}
