import { fileURLToPath } from 'node:url';
import { spawnNode, startRedis, startStack, type TestProcess } from '@leeway/testkit';
import { Queue } from 'bullmq';

/** One queue with its own Redis; workers are real processes. */
export interface Contender {
  readonly name: string;
  /** `module`: the file of the work. */
  start(files: { facts: string; module: string }): Promise<RunningContender>;
}

export interface RunningContender {
  /** `forMs` 0: it never settles. */
  submit(task: string, forMs: number): Promise<void>;
  /** Starts a worker and resolves when it takes work. */
  addWorker(): Promise<TestProcess>;
  stop(): Promise<void>;
}

/** Leeway's default; BullMQ is given the same. */
export const CONCURRENCY = 8;
/** The idle clock that the hanging job asks for. */
export const IDLE_MS = 2_000;

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));

function bullMq(name: string, options: object): Contender {
  return {
    name,
    async start({ facts, module }) {
      const redis = await startRedis({ appendOnly: true });
      const queue = new Queue('bench', { connection: { path: redis.socketPath, maxRetriesPerRequest: null } });
      const workers: TestProcess[] = [];
      return {
        submit: async (task, forMs) => void (await queue.add('task', { facts, task, forMs }, { attempts: 2 })),
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

const leeway: Contender = {
  name: 'Leeway, defaults',
  async start({ facts, module }) {
    const stack = await startStack({
      workers: 0,
      env: { LEEWAY_HANDLERS: module },
    });
    return {
      async submit(task, forMs) {
        const limits = forMs === 0 ? { limits: { idleMs: IDLE_MS } } : {};
        await stack.submit({ kind: 'task', input: { facts, task, forMs }, ...limits });
      },
      addWorker: () => stack.addWorker(),
      stop: () => stack.stop(),
    };
  },
};

/**
 * The fast setting is the shortest lock that a pause of the event loop of two seconds does not break, which is what Leeway
 * tolerates: renewed twice a second, it has to last for two and a half. With one second such a job runs twice.
 */
export const CONTENDERS: readonly Contender[] = [
  leeway,
  bullMq('BullMQ, fast and sane', { lockDuration: 2_750, lockRenewTime: 500, stalledInterval: 500 }),
  bullMq('BullMQ, defaults', {}),
];
