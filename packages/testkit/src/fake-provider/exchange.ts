import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** A chat completions request as received. */
export interface ChatRequest {
  readonly model: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The client closed the connection, which ends the scenario. */
export class ClientGone extends Error {
  constructor() {
    super('the client closed the connection');
    this.name = 'ClientGone';
  }
}

export interface ErrorReply {
  status: number;
  /** OpenAI's `error` object, or a raw body. */
  error: object | string;
  headers?: Record<string, string>;
  /** True: the end of the body is never sent. */
  unfinished?: boolean;
}

/** The steps from which a scenario builds one reply. Each throws ClientGone once the client has closed the connection. */
export interface Exchange {
  readonly request: ChatRequest;
  /** Fires when the client closes the connection. */
  readonly gone: AbortSignal;
  /** Waits for this many milliseconds. */
  wait(ms: number): Promise<void>;
  /** Sends a server-sent event with this JSON value, and the headers before the first one. */
  event(value: unknown): Promise<void>;
  /** Sends a chunk with this value as `choices[0].delta`. */
  delta(delta: object, finishReason?: string | null): Promise<void>;
  /** Sends text or bytes in the body unchanged. */
  raw(bytes: string | Uint8Array): Promise<void>;
  /** Sends bytes on the connection itself, before the HTTP reply or instead of it. */
  wire(bytes: string | Uint8Array): Promise<void>;
  /** Closes this side of the connection. */
  halfClose(): void;
  /** Sends finish reason, token counts if requested, and `[DONE]`, and ends the response. */
  finish(finishReason?: string): Promise<void>;
  /** Sends an error instead of a stream. */
  refuse(reply: ErrorReply): Promise<void>;
  /** Sends the whole answer as one JSON body. */
  whole(body: unknown): Promise<void>;
  /** Ends the response without anything more. */
  end(): Promise<void>;
  /** Closes the connection with a TCP reset. */
  reset(): void;
  /** Sends nothing until the client closes the connection. */
  hang(): Promise<never>;
}

export interface ExchangeOptions {
  request: ChatRequest;
  response: ServerResponse;
  /** Number of the request, for the `id` of the answer. */
  number: number;
}

export function createExchange({ request, response, number }: ExchangeOptions): Exchange {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  let tokens = 0;

  const raw = async (bytes: string | Uint8Array): Promise<void> => {
    if (gone.signal.aborted) throw new ClientGone();
    if (!response.headersSent)
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    if (!response.write(bytes)) await drained(response, gone.signal);
  };
  const event = (value: unknown) => raw(`data: ${JSON.stringify(value)}\n\n`);
  const envelope = {
    id: `chatcmpl-${number}`,
    object: 'chat.completion.chunk',
    created: CREATED_S,
    model: request.model,
  };
  const delta = (part: object, finishReason: string | null = null) => {
    // The first chunk, with the role, and the last one contain no token.
    if (Object.keys(part).length > 0 && !('role' in part)) tokens += 1;
    return event({ ...envelope, choices: [{ index: 0, delta: part, finish_reason: finishReason }] });
  };
  const hang = async () => {
    if (!gone.signal.aborted) await once(gone.signal, 'abort');
    throw new ClientGone();
  };
  const refuse = async ({ status, error, headers, unfinished }: ErrorReply) => {
    if (gone.signal.aborted) throw new ClientGone();
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.write(typeof error === 'string' ? error : JSON.stringify({ error }));
    if (unfinished === true) await hang();
    response.end();
  };

  return {
    request,
    gone: gone.signal,
    event,
    delta,
    raw,
    refuse,
    hang,
    whole: (body) => refuse({ status: 200, error: JSON.stringify(body) }),
    async wait(ms) {
      if (gone.signal.aborted) throw new ClientGone();
      await sleep(ms, undefined, { signal: gone.signal }).catch(() => {
        throw new ClientGone();
      });
    },
    async finish(finishReason = 'stop') {
      await delta({}, finishReason);
      if (request.includeUsage) await event({ ...envelope, choices: [], usage: usageOf(request, tokens) });
      await raw('data: [DONE]\n\n');
      response.end();
    },
    async end() {
      if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end();
    },
    ...wireSteps(response, gone.signal),
  };
}

/** The steps that bypass the HTTP reply and use the connection itself. */
function wireSteps(response: ServerResponse, gone: AbortSignal): Pick<Exchange, 'wire' | 'halfClose' | 'reset'> {
  return {
    async wire(bytes) {
      if (gone.aborted) throw new ClientGone();
      response.socket?.write(bytes);
    },
    halfClose: () => void response.socket?.end(),
    reset: () => void response.socket?.resetAndDestroy(),
  };
}

/** A fixed time, so that answers are the same in every run. */
const CREATED_S = 1_700_000_000;

/** Token counts as a provider reports them: one for four characters of the messages, one for each delta of the answer. */
export function usageOf(request: ChatRequest, completionTokens: number): Record<string, number> {
  const promptTokens = Math.ceil(JSON.stringify(request.body['messages'] ?? '').length / CHARS_PER_TOKEN);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

const CHARS_PER_TOKEN = 4;

/** Back-pressure: waits until a slow client has read, so that memory stays bounded. */
async function drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done);
      gone.removeEventListener('abort', done);
      resolve();
    };
    response.once('drain', done);
    gone.addEventListener('abort', done, { once: true });
  });
  if (gone.aborted) throw new ClientGone();
}
