import { fileURLToPath } from 'node:url';
import { freePorts, spawnNode, startRedis, type PrivateRedis, type TestProcess } from '@leeway/testkit';
import { Backlog } from './backlog.js';
import { KEPT_AS } from './redis-options.js';

/** BullMQ without anything around it, in processes of its own. */
export interface BareBullMq {
  readonly redis: PrivateRedis;
  readonly backlog: Backlog;
  readonly producer: TestProcess;
  /** Has the producer work, as programs/bullmq-producer.mjs describes; resolves with the seconds it took. */
  produce(command: object): Promise<number>;
  addWorker(options: { concurrency: number; waits?: string }): Promise<TestProcess>;
  /** The server of programs/diy-server.mjs. */
  addServer(): Promise<{ server: TestProcess; port: number }>;
  stop(): Promise<void>;
}

const program = (name: string) => fileURLToPath(new URL(`../programs/${name}.mjs`, import.meta.url));
const COMMAND_TIMEOUT_MS = 600_000;

export async function startBareBullMq(): Promise<BareBullMq> {
  const redis = await startRedis(KEPT_AS);
  const started: TestProcess[] = [];
  const run = async (name: string, args: string[], env: Record<string, string> = {}) => {
    const child = spawnNode([program(name), redis.socketPath, ...args], { name, env });
    started.push(child);
    await child.waitForLine('ready');
    return child;
  };
  const producer = await run('bullmq-producer', []);
  let commands = 0;
  const backlog = new Backlog(redis.socketPath, 'bull');
  return {
    redis,
    backlog,
    producer,
    async produce(command) {
      commands += 1;
      const done = `done ${commands} `;
      producer.type(`${JSON.stringify({ ...command, number: commands })}\n`);
      return Number(
        (await producer.waitForLine((line) => line.startsWith(done), COMMAND_TIMEOUT_MS)).slice(done.length),
      );
    },
    addWorker: ({ concurrency, waits }) =>
      run('bullmq-worker', [String(concurrency)], waits === undefined ? {} : { BENCH_WAITS: waits }),
    async addServer() {
      const [port = 0] = await freePorts(1);
      return { server: await run('diy-server', [String(port)]), port };
    },
    async stop() {
      await backlog.close();
      await Promise.all(started.map((child) => child.end()));
      await redis.stop();
    },
  };
}
