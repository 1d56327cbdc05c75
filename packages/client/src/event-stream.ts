import type { JobEvent } from '@leeway/contract';
import { ApiError } from './api-error.js';
import { pause, pauseMs } from './back-off.js';
import { SseParser, type ServerEvent } from './sse-parser.js';
import { startTimeLimit } from './time-limit.js';
import type { Call, Transport } from './transport.js';

export interface FollowOptions {
  /** Id of the last event already seen; absent: from the first one. */
  after?: string;
  signal?: AbortSignal;
  /** Milliseconds without a byte, not even a keep-alive, until the connection is taken for dead. Default 60,000. */
  silenceMs?: number;
  /** Milliseconds without a connection until it gives up. Default 60,000: longer than a restart of the server. */
  reconnectForMs?: number;
}

const SILENCE_MS = 60_000;
const RECONNECT_FOR_MS = 60_000;

interface EventSource {
  path: string;
  /** Asks whether the job has ended. */
  isOver: () => Promise<boolean>;
}

/**
 * The events of a job from `after` on, each once and in order, across lost connections: it connects again with back-off and
 * the id of the last event it has. Ends after `finished`. Throws ApiError when the job is unknown or the server stays away.
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
        if (event.id !== '') lastId = event.id;
        failures = 0;
        const jobEvent = readEvent(event);
        yield jobEvent;
        if (jobEvent.type === 'finished') return;
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
  readonly #parser = new SseParser();

  constructor(
    private readonly transport: Transport,
    private readonly path: string,
    private readonly options: FollowOptions,
  ) {}

  get retryMs(): number | undefined {
    return this.#parser.retryMs;
  }

  async *events(): AsyncGenerator<ServerEvent> {
    const { after, signal, silenceMs = SILENCE_MS } = this.options;
    const headers = { accept: 'text/event-stream', ...(after === undefined ? {} : { 'last-event-id': after }) };
    const call: Call = { method: 'GET', path: this.path, headers, repeatable: true, signal };
    const limit = startTimeLimit(this.transport.timeoutMs, signal);
    try {
      const response = await this.transport.open(call, limit);
      refuseOtherContent(response);
      this.opened = true;
      limit.restart(silenceMs);
      for await (const chunk of response.body ?? []) {
        limit.restart(silenceMs);
        yield* this.#parser.push(chunk);
      }
    } catch (error) {
      throw this.transport.translate(error, limit, call);
    } finally {
      limit.clear();
    }
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

function readEvent(event: ServerEvent): JobEvent {
  try {
    return JSON.parse(event.data) as JobEvent;
  } catch (cause) {
    throw new ApiError({
      code: 'unexpected_reply',
      detail: `event ${event.id} of type ${event.type} is not JSON`,
      cause,
    });
  }
}
