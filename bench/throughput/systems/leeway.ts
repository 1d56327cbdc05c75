import { fileURLToPath } from 'node:url';
import { startRedis, startStack, type PrivateRedis, type Stack, type TestProcess } from '@leeway/testkit';
import { httpLoad, type LoadResult } from '../http-load.js';
import { Backlog } from './backlog.js';
import { KEPT_AS } from './redis-options.js';

/** The whole product, everything on: its API, its workers, its Redis. */
export interface Leeway {
  readonly redis: PrivateRedis;
  readonly backlog: Backlog;
  readonly stack: Stack;
  readonly port: number;
  addWorker(waits?: string): Promise<TestProcess>;
  /** Submits jobs of the kind `noop` in batches, as fast as it takes them. */
  fill(jobs: number): Promise<LoadResult>;
  stop(): Promise<void>;
}

export const TEXT = 'x'.repeat(300);
export const BATCH = 100;
/** Batches under way at a time. */
export const IN_FLIGHT = 8;
const HANDLERS = fileURLToPath(new URL('../programs/work.mjs', import.meta.url));

export async function startLeeway({ concurrency = 50 } = {}): Promise<Leeway> {
  const redis = await startRedis(KEPT_AS);
  const stack = await startStack({
    workers: 1,
    redisUrl: redis.url,
    policy: { worker: { concurrency }, retention: { maxWaiting: 5_000_000 } },
    env: { LEEWAY_HANDLERS: HANDLERS },
  });
  // It has made the kind known; what is measured starts with workers of its own.
  await stack.workers.pop()?.term();
  const port = Number(new URL(stack.api).port);
  const backlog = new Backlog(redis.socketPath, '{leeway}:bull');
  return {
    redis,
    backlog,
    stack,
    port,
    addWorker: (waits) => stack.addWorker(waits === undefined ? {} : { BENCH_WAITS: waits }),
    fill: (jobs) =>
      httpLoad({
        port,
        path: '/v1/jobs/batch',
        requests: jobs / BATCH,
        connections: IN_FLIGHT,
        body: () => batchBody(),
      }),
    async stop() {
      await backlog.close();
      await stack.stop();
      await redis.stop();
    },
  };
}

function batchBody(): string {
  return JSON.stringify({ jobs: Array.from({ length: BATCH }, () => ({ kind: 'noop', input: { text: TEXT } })) });
}
