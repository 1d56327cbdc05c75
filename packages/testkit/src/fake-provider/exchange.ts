import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** A chat-completions request as it came in. */
export interface ChatRequest {
  readonly model: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The client closed the connection: the rest of a scenario is void. */
export class ClientGone extends Error {
  constructor() {
    super('the client closed the connection');
    this.name = 'ClientGone';
  }
}

export interface Refusal {
  status: number;
  /** OpenAI's `error` object, or text that is sent as it is. */
  error: object | string;
  headers?: Record<string, string>;
  /** True: the body is announced longer than it is, and its end never comes. */
  unfinished?: boolean;
}

/** One answer in the making: the moves a scenario is told in. Every move throws ClientGone once the client has left. */
export interface Exchange {
  readonly request: ChatRequest;
  /** Aborted when the client closes the connection. */
  readonly gone: AbortSignal;
  /** Waits so many milliseconds. */
  wait(ms: number): Promise<void>;
  /** One server-sent event with this JSON value; the first one sends the headers. */
  event(value: unknown): Promise<void>;
  /** One chunk of the answer whose `choices[0].delta` is this. */
  delta(delta: object, finishReason?: string | null): Promise<void>;
  /** Text or bytes as they are, wherever they are cut. */
  raw(bytes: string | Uint8Array): Promise<void>;
  /** Bytes on the connection itself, in front of the HTTP answer or instead of it. */
  wire(bytes: string | Uint8Array): Promise<void>;
  /** Closes this side of the connection, whatever the answer has come to. */
  halfClose(): void;
  /** Finish reason, token counts where asked for, `[DONE]`, end of the response. */
  finish(finishReason?: string): Promise<void>;
  /** An error answer instead of a stream. */
  refuse(refusal: Refusal): Promise<void>;
  /** The whole answer as one JSON body. */
  whole(body: unknown): Promise<void>;
  /** Ends the response in good order, with nothing more said. */
  end(): Promise<void>;
  /** Cuts the connection with a TCP reset. */
  reset(): void;
  /** Says nothing more until the client leaves. */
  hang(): Promise<never>;
}

export interface ExchangeOptions {
  request: ChatRequest;
  response: ServerResponse;
  /** Running number, for the `id` of the answer. */
  number: number;
}

export function createExchange({ request, response, number }: ExchangeOptions): Exchange {
  const left = new AbortController();
  response.once('close', () => left.abort());
  let tokens = 0;

  const raw = async (bytes: string | Uint8Array): Promise<void> => {
    if (left.signal.aborted) throw new ClientGone();
    if (!response.headersSent)
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    if (!response.write(bytes)) await drained(response, left.signal);
  };
  const event = (value: unknown) => raw(`data: ${JSON.stringify(value)}\n\n`);
  const envelope = {
    id: `chatcmpl-${number}`,
    object: 'chat.completion.chunk',
    created: CREATED_S,
    model: request.model,
  };
  const delta = (part: object, finishReason: string | null = null) => {
    // The opening chunk with the role and the closing one carry no token.
    if (Object.keys(part).length > 0 && !('role' in part)) tokens += 1;
    return event({ ...envelope, choices: [{ index: 0, delta: part, finish_reason: finishReason }] });
  };
  const hang = async () => {
    if (!left.signal.aborted) await once(left.signal, 'abort');
    throw new ClientGone();
  };
  const refuse = async ({ status, error, headers, unfinished }: Refusal) => {
    if (left.signal.aborted) throw new ClientGone();
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.write(typeof error === 'string' ? error : JSON.stringify({ error }));
    if (unfinished === true) await hang();
    response.end();
  };

  return {
    request,
    gone: left.signal,
    event,
    delta,
    raw,
    refuse,
    hang,
    whole: (body) => refuse({ status: 200, error: JSON.stringify(body) }),
    async wait(ms) {
      if (left.signal.aborted) throw new ClientGone();
      await sleep(ms, undefined, { signal: left.signal }).catch(() => {
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
    ...wireMoves(response, left.signal),
  };
}

/** What goes past the HTTP answer, to the connection itself. */
function wireMoves(response: ServerResponse, gone: AbortSignal): Pick<Exchange, 'wire' | 'halfClose' | 'reset'> {
  return {
    async wire(bytes) {
      if (gone.aborted) throw new ClientGone();
      response.socket?.write(bytes);
    },
    halfClose: () => void response.socket?.end(),
    reset: () => void response.socket?.resetAndDestroy(),
  };
}

/** A fixed moment, so that answers are the same in every run. */
const CREATED_S = 1_700_000_000;

/** Counts as a provider reports them: a token for every four characters asked, one for every delta answered. */
export function usageOf(request: ChatRequest, completionTokens: number): Record<string, number> {
  const promptTokens = Math.ceil(JSON.stringify(request.body['messages'] ?? '').length / CHARS_PER_TOKEN);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

const CHARS_PER_TOKEN = 4;

/** Back-pressure: a slow client slows the server down instead of filling its memory. */
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
