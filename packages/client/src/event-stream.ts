import type { JobEvent } from '@leeway/contract';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { ApiError } from './api-error.js';
import { pause, pauseMs } from './back-off.js';
import { startTimeLimit } from './time-limit.js';
import type { Call, Transport } from './transport.js';

export interface FollowOptions {
  /** Id of the last event already seen; absent: from the first one. */
  after?: string;
  signal?: AbortSignal;
  /** Milliseconds without a byte, not even a keep-alive, until the connection is replaced. Default 60,000. */
  silenceMs?: number;
  /** Milliseconds without a connection until it gives up. Default 60,000: longer than a restart of the server. */
  reconnectForMs?: number;
}

const SILENCE_MS = 60_000;
const RECONNECT_FOR_MS = 60_000;
/** Longest unfinished event in UTF-16 units: far above the longest result that is stored, far below the memory of a process. */
const MAX_EVENT_CHARS = 32 * 1024 * 1024;

interface EventSource {
  path: string;
  /** Whether the job has ended, asked from the API. */
  isOver: () => Promise<boolean>;
}

/**
 * The events of a job from `after` on, each once and in order, across lost connections: every new connection, after a
 * back-off, names the last event received. Ends after `finished`. Throws ApiError when the job is unknown or the server
 * stays away.
 */
export async function* followEvents(
  transport: Transport,
  source: EventSource,
  options: FollowOptions = {},
): AsyncGenerator<JobEvent> {
  const { signal, reconnectForMs = RECONNECT_FOR_MS } = options;
  let lastId = options.after;
  let failures = 0;
  let wasOver = false;
  let giveUpAt = performance.now() + reconnectForMs;
  for (;;) {
    const connection = new Connection(transport, source.path, { ...options, after: lastId });
    try {
      for await (const event of connection.events()) {
        lastId = event.id || lastId;
        failures = 0;
        yield event;
        if (event.type === 'finished') return;
      }
      // Events are kept for less time than records: of an old job `finished` never comes. The state is asked before
      // the last connection, not after it, so that a job which ends in between still delivers its last events.
      if (wasOver) return;
      wasOver = await source.isOver();
    } catch (error) {
      if (!(error instanceof ApiError) || !error.transient || performance.now() >= giveUpAt) throw error;
    }
    if (connection.opened) giveUpAt = performance.now() + reconnectForMs;
    failures++;
    const askedMs = connection.retryMs;
    await pause(pauseMs(failures, { backOff: transport.backOff, askedMs, random: transport.random }), signal);
  }
}

/** One connection: from the request to the end of its body. */
class Connection {
  opened = false;
  /** Milliseconds that the server asks to wait before a reconnect; undefined: it named none. */
  retryMs: number | undefined;

  constructor(
    private readonly transport: Transport,
    private readonly path: string,
    private readonly options: FollowOptions,
  ) {}

  /** An event that is incomplete at the end of the connection is dropped; the next connection delivers it again. */
  async *events(): AsyncGenerator<JobEvent> {
    const { after, signal, silenceMs = SILENCE_MS } = this.options;
    const headers = { accept: 'text/event-stream', ...(after === undefined ? {} : { 'last-event-id': after }) };
    const call: Call = { method: 'GET', path: this.path, headers, repeatable: true, signal };
    const limit = startTimeLimit(this.transport.timeoutMs, signal);
    try {
      const response = await this.transport.open(call, limit);
      refuseOtherContent(response);
      this.opened = true;
      limit.restart(silenceMs);
      const received: EventSourceMessage[] = [];
      const parser = this.parser(received);
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) {
        limit.restart(silenceMs);
        parser.feed(decoder.decode(chunk, { stream: true }));
        for (const message of received.splice(0)) yield readEvent(message);
      }
    } catch (error) {
      throw this.transport.translate(error, limit, call);
    } finally {
      limit.clear();
    }
  }

  private parser(received: EventSourceMessage[]): ReturnType<typeof createParser> {
    return createParser({
      onEvent: (message) => received.push(message),
      onRetry: (ms) => (this.retryMs = ms),
      // Unknown fields are errors to the parser, too, and harmless.
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') throw tooLong();
      },
      maxBufferSize: MAX_EVENT_CHARS,
    });
  }
}

function refuseOtherContent(response: Response): void {
  const type = response.headers.get('content-type') ?? 'nothing';
  if (type.startsWith('text/event-stream')) return;
  throw new ApiError({
    code: 'unexpected_reply',
    detail: `${response.url} answered ${type} instead of text/event-stream`,
    status: response.status,
  });
}

function tooLong(): ApiError {
  return new ApiError({ code: 'unexpected_reply', detail: `an event is longer than ${MAX_EVENT_CHARS} characters` });
}

function readEvent({ id, data }: EventSourceMessage): JobEvent {
  try {
    return JSON.parse(data) as JobEvent;
  } catch (cause) {
    throw new ApiError({ code: 'unexpected_reply', detail: `event ${id ?? 'without an id'} is not JSON`, cause });
  }
}
