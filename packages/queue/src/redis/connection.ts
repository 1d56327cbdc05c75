import type { Writable } from 'node:stream';
import { Cluster, Redis, type RedisOptions } from 'ioredis';

export type RedisConnection = Redis | Cluster;

export interface ConnectionOptions {
  /** `redis://`, `rediss://`, `unix:///path`, or several `redis://` addresses of a cluster with commas between. */
  url: string;
  /** Shown by CLIENT LIST. */
  name: string;
  /** `request`: its caller waits for a reply, so it fails at once while Redis is away. `work`: waits for Redis to come back. */
  patience: 'request' | 'work';
  /** Longest wait of a command, in ms; absent: without end, for blocking reads. */
  commandTimeoutMs?: number;
}

/** Almost at once: a worker whose connections were reset is back before it is missed. */
const RECONNECT_FIRST_MS = 10;
/** Short beside the silence after which a worker is lost: after an outage its heartbeat has to arrive before that. */
const MAX_RECONNECT_MS = 250;
const CONNECT_TIMEOUT_MS = 2_000;
const KEEP_ALIVE_MS = 5_000;
/** A connection leaves a server that takes no writes at most this often, in ms: there may be no other server. */
const LEAVE_REPLICA_EVERY_MS = 2_000;

/** Opens a connection; it connects in the background, and reconnects without end. */
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
    retryStrategy: (times) => Math.min(RECONNECT_FIRST_MS * 2 ** Math.min(times - 1, 10), MAX_RECONNECT_MS),
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

/** Sends all commands of one tick in one system call, in their order: ioredis writes each by itself. */
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
 * After a failover the old master is a replica that keeps its connections, and replies READONLY to every write. A new connection
 * finds the new master under the same name.
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
