import type { Writable } from 'node:stream';
import { Cluster, Redis, type RedisOptions } from 'ioredis';

export type RedisConnection = Redis | Cluster;

export interface ConnectionOptions {
  /** `redis://`, `rediss://`, `unix:///path`, or several `redis://` addresses of a cluster with commas between. */
  url: string;
  /** Shown by CLIENT LIST. */
  name: string;
  /**
   * `request`: on behalf of somebody who waits; fails at once when Redis is away.
   * `work`: a worker's own; waits for Redis to come back.
   */
  patience: 'request' | 'work';
  /** No command waits longer, in ms; absent: for ever (blocking reads). */
  commandTimeoutMs?: number;
}

/** The first try comes almost at once: a worker whose connections were reset is back before it is missed. */
const RECONNECT_FIRST_MS = 10;
/** Short beside the silence after which a worker is taken for lost: after an outage each has to be heard of before that. */
const RECONNECT_MOST_MS = 250;
const CONNECT_TIMEOUT_MS = 2_000;
const KEEP_ALIVE_MS = 5_000;
/** A connection leaves a server that takes no writes at most this often, in ms: it may be the only one there is. */
const LEAVE_REPLICA_EVERY_MS = 2_000;

/** Opens a connection; it connects in the background, and reconnects for ever. */
export function openRedis(options: ConnectionOptions): RedisConnection {
  const addresses = options.url.split(',').map((part) => part.trim());
  const settings: RedisOptions = {
    connectionName: options.name,
    maxRetriesPerRequest: null,
    enableOfflineQueue: options.patience === 'work',
    autoResendUnfulfilledCommands: options.patience === 'work',
    commandTimeout: options.commandTimeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    retryStrategy: (times) => Math.min(RECONNECT_FIRST_MS * 2 ** Math.min(times - 1, 10), RECONNECT_MOST_MS),
  };
  if (addresses.length > 1) {
    return new Cluster(addresses.map(address), {
      redisOptions: { ...settings, ...credentials(addresses[0] as string) },
      enableOfflineQueue: settings.enableOfflineQueue,
      clusterRetryStrategy: settings.retryStrategy as (times: number) => number,
    });
  }
  const only = addresses[0] as string;
  const alone = { ...settings, reconnectOnError: leavesReplica() };
  const redis = only.startsWith('unix://')
    ? new Redis({ ...alone, path: only.slice('unix://'.length) })
    : new Redis(only, alone);
  redis.on('connect', () => joinWrites(redis.stream));
  return redis;
}

/** What is written in one tick leaves in one system call, in its order: ioredis writes each command by itself. */
function joinWrites(stream: Writable): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  let corked = false;
  stream.write = (...args: unknown[]) => {
    if (!corked) {
      corked = true;
      stream.cork();
      process.nextTick(() => {
        corked = false;
        stream.uncork();
      });
    }
    return write(...args);
  };
}

/**
 * After a failover the old master is a replica, and keeps its connections: it would answer READONLY over them for ever. A new
 * connection finds the new master under the same name.
 */
function leavesReplica(): (error: Error) => boolean {
  let leftAtMs = -Infinity;
  return ({ message }) => {
    if (!message.startsWith('READONLY') || performance.now() - leftAtMs < LEAVE_REPLICA_EVERY_MS) return false;
    leftAtMs = performance.now();
    return true;
  };
}

/** True when a command can be sent right now. */
export function isReady(redis: RedisConnection): boolean {
  return redis.status === 'ready' || (redis instanceof Cluster && redis.status === 'connect');
}

function address(url: string): { host: string; port: number } {
  const parsed = new URL(url);
  return { host: parsed.hostname, port: Number(parsed.port || '6379') };
}

function credentials(url: string): RedisOptions {
  const parsed = new URL(url);
  return {
    ...(parsed.username === '' ? {} : { username: decodeURIComponent(parsed.username) }),
    ...(parsed.password === '' ? {} : { password: decodeURIComponent(parsed.password) }),
    ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
  };
}
