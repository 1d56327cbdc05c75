import { JobQueue } from '@leeway/queue';
import {
  CachedValue,
  HttpServer,
  Lifecycle,
  LivePolicy,
  Periodic,
  REPLY_WITHIN_MS,
  productVersion,
  systemClock,
  type Config,
  type Log,
} from '@leeway/runtime';
import { ApiMetrics } from './metrics/api-metrics.js';
import { createListener } from './http/listener.js';
import { addClassGauges } from './metrics/class-gauges.js';
import { addProviderGauges } from './metrics/provider-gauges.js';
import { unreadableRequest } from './http/problems.js';
import { API_BOUNDS, RETRY_AFTER_S, type ApiBounds } from './calls/bounds.js';
import { OpenRequests } from './calls/open-requests.js';
import { Quotes } from './quotes/quotes.js';
import { HOT_ROUTES, ROUTES } from './route-table.js';
import type { Services } from './calls/services.js';
import { asksForSocket, Sockets } from './rpc/sockets.js';

export interface Api {
  /** Starts and stops everything. */
  readonly lifecycle: Lifecycle;
  readonly server: HttpServer;
}

/** Composes the API; nothing is started yet. */
export function createApi(config: Config, log: Log, bounds: ApiBounds = API_BOUNDS): Api {
  const { policy } = config;
  const queue = new JobQueue({
    redisUrl: config.redisUrl,
    policy,
    clientName: 'leeway-api',
    clock: systemClock,
    onError: (error) => log.debug({ event: 'store_error', error }, error.message),
    onWarning: (text) => log.warn({ event: 'store_may_lose' }, text),
  });
  const livePolicy = new LivePolicy(config, log);
  const sockets = new Sockets(policy, bounds);
  const services = createServices(config, { queue, livePolicy, sockets, log, bounds });
  const server = new HttpServer({
    name: 'API',
    host: config.host,
    port: config.port,
    portVariable: 'PORT',
    listener: (own) => createListener({ routes: ROUTES, hot: HOT_ROUTES }, services, own),
    mayUpgrade: asksForSocket,
    unreadable: unreadableRequest,
  });
  const periodic = new Periodic([sockets.pings], { log });
  // Stopped from the last to the first: streams end, then sockets, then running requests and the connections to Redis.
  const store = { name: 'queue', start: () => queue.start(), stop: () => queue.close() };
  const parts = [livePolicy, store, server, periodic, sockets, services.open];
  return { server, lifecycle: new Lifecycle({ parts, log, drainMs: policy.supervision.drainMs }) };
}

/** Time until the kinds of a new worker are known. */
const KINDS_MAX_AGE_MS = 1_000;

interface ServiceParts {
  queue: JobQueue;
  livePolicy: LivePolicy;
  sockets: Sockets;
  log: Log;
  bounds: ApiBounds;
}

function createServices(config: Config, parts: ServiceParts): Services {
  const { policy, keys } = config;
  const { queue, livePolicy, sockets, log, bounds } = parts;
  const clock = systemClock;
  const open = new OpenRequests({ most: policy.api.maxStreams, retryAfterS: RETRY_AFTER_S });
  const metrics = new ApiMetrics({
    queue,
    openRequests: () => open.count,
    openSockets: () => sockets.count,
    timeoutMs: REPLY_WITHIN_MS / 2,
  });
  addProviderGauges(metrics.registry, { queue, timeoutMs: REPLY_WITHIN_MS / 2 });
  addClassGauges(metrics.registry, { queue, policy, timeoutMs: REPLY_WITHIN_MS / 2 });
  return {
    ...{ queue, policy, bounds, livePolicy, keys, clock, log, open, sockets },
    kinds: new CachedValue({
      read: () => queue.kinds(),
      maxAgeMs: KINDS_MAX_AGE_MS,
      clock,
      keepsFailures: false,
    }),
    quotes: new Quotes({ history: queue.history, historyMaxAgeMs: bounds.historyMaxAgeMs, policy, clock, log }),
    metrics,
    version: productVersion(),
  };
}
