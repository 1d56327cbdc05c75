import { STORE_BOUNDS } from '@leeway/queue';

/** Value of the header Retry-After when Redis is away or too much is open: a restart of Redis takes about as long. */
export const RETRY_AFTER_S = 2;

/** Most items on one page of a listing. */
export const MAX_LISTED = 200;

/** Most submissions in one batch, and most jobs that one call retries. */
export const MAX_BATCH = 1_000;

/** Deepest nesting of a body: far beyond what anybody writes; deeper ones exhaust the stack of code that walks them. */
export const MAX_DEPTH = 100;

/** Further bounds of the API, which tests lower. */
export interface ApiBounds {
  /** Time of a worker to confirm a control, beyond heartbeat and grace: the reply should have what was done, not only that it was requested. */
  readonly confirmMs: number;
  /** Open WebSockets of one process; each holds a connection and some memory. */
  readonly maxSockets: number;
  /** Subscriptions of one WebSocket: more than an agent has jobs, and no connection takes all of `api.maxStreams`. */
  readonly maxSubscriptions: number;
  /** Calls of one WebSocket without a reply, items of a batch included. */
  readonly maxSocketCalls: number;
  /** Bytes of replies that wait for a WebSocket to read them: a page of large jobs fits, and a client that does not read fills no memory. */
  readonly maxSocketBytes: number;
  /** Text of a result or of output in the reply of an MCP tool: it goes into the context of a model, as about 8,000 tokens. */
  readonly toolTextBytes: number;
  /** Largest file of observations: held in memory until every line is checked, about a hundred thousand observations. */
  readonly maxImportBytes: number;
  /** Most rings of one file; a tenant has no more. */
  readonly maxRings: number;
  /** Age that the history behind a quote may have; undefined: that of the forecaster. */
  readonly historyMaxAgeMs?: number;
}

export const API_BOUNDS: ApiBounds = {
  confirmMs: 2_000,
  maxSockets: 1_000,
  maxSubscriptions: 100,
  maxSocketCalls: 100,
  maxSocketBytes: 4 * 1024 * 1024,
  toolTextBytes: 32 * 1024,
  maxImportBytes: 16 * 1024 * 1024,
  maxRings: STORE_BOUNDS.maxRings,
};
