import type { IncomingMessage } from 'node:http';

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
