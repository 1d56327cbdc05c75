import { fileURLToPath } from 'node:url';
import { spawnNode, startRedis, startStack, type TestProcess } from '@leeway/testkit';
import { Queue } from 'bullmq';

/** A job queue with a Redis of its own, whose workers are processes. */
export interface System {
  readonly name: string;
  start(files: TaskFiles): Promise<RunningSystem>;
}

export interface TaskFiles {
  /** Each run of a task appends a line here. */
  starts: string;
  /** The module with the task. */
  module: string;
}

export interface RunningSystem {
  /** `durationMs` 0: the task never settles. */
  submit(task: string, durationMs: number): Promise<void>;
  /** Starts a worker and resolves when it is ready. */
  addWorker(): Promise<TestProcess>;
  stop(): Promise<void>;
}

/** Jobs of one worker at the same time: Leeway's default, and the same for BullMQ. */
export const CONCURRENCY = 8;
/** The idle clock of the job that hangs. */
export const IDLE_MS = 2_000;

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

function bullMq(name: string, options: object): System {
  return {
    name,
    async start({ starts, module }) {
      const redis = await startRedis({ appendOnly: true });
      const queue = new Queue('bench', { connection: { path: redis.socketPath, maxRetriesPerRequest: null } });
      const workers: TestProcess[] = [];
      return {
        submit: async (task, durationMs) =>
          void (await queue.add('task', { starts, task, durationMs }, { attempts: 2 })),
        async addWorker() {
          const args = [redis.socketPath, module, JSON.stringify({ concurrency: CONCURRENCY, ...options })];
          const worker = spawnNode(
            ['--conditions=leeway-source', '--import', 'tsx', path('bullmq-worker/main.ts'), ...args],
            {
              name: 'BullMQ worker',
            },
          );
          workers.push(worker);
          await worker.waitForLine('ready');
          return worker;
        },
        async stop() {
          await Promise.all(workers.map((worker) => worker.end()));
          await queue.close();
          await redis.stop();
        },
      };
    },
  };
}

const leeway: System = {
  name: 'Leeway, defaults',
  async start({ starts, module }) {
    const stack = await startStack({
      workers: 0,
      env: { LEEWAY_HANDLERS: module },
    });
    return {
      async submit(task, durationMs) {
        const limits = durationMs === 0 ? { limits: { idleMs: IDLE_MS } } : {};
        await stack.submit({ kind: 'task', input: { starts, task, durationMs }, ...limits });
      },
      addWorker: () => stack.addWorker(),
      stop: () => stack.stop(),
    };
  },
};

/**
 * The fast setting is the shortest lock that survives a pause of the event loop of two seconds, which Leeway tolerates:
 * renewed twice a second, it has to last for two and a half. With a lock of one second such a job runs twice.
 */
export const SYSTEMS: readonly System[] = [
  leeway,
  bullMq('BullMQ, fast and sane', { lockDuration: 2_750, lockRenewTime: 500, stalledInterval: 500 }),
  bullMq('BullMQ, defaults', {}),
];
