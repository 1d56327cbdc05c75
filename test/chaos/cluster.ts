import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts, spawnProcess, startRedis, waitUntil, type PrivateRedis, type TestProcess } from '@leeway/testkit';
import { CHAOS_POLICY } from './chaos-policy.js';
import { type CuttableProxy, startProxy } from './cuttable-proxy.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HANDLERS = fileURLToPath(new URL('handlers.mjs', import.meta.url));
const READY_MS = 60_000;

/** One worker process, from its start to its end. */
export interface WorkerProcess {
  slot: number;
  pid: number;
  process: TestProcess;
  startedAt: number;
  /** Epoch ms; null while it runs. */
  endedAt: number | null;
}

export interface Cluster {
  readonly api: string;
  readonly redis: PrivateRedis;
  readonly proxies: readonly CuttableProxy[];
  /** Every worker process that was ever started, in the order of their starts. */
  readonly workerProcesses: readonly WorkerProcess[];
  /** The process that fills a slot, or did so last. */
  worker(slot: number): WorkerProcess;
  /**
   * Resolves when a worker in the slot is ready: one that ends is replaced, as a container would be. `moreMs`: how much
   * longer than a start that may take, where the replacement is attacked as well.
   */
  untilWorker(slot: number, moreMs?: number): Promise<void>;
  killApi(): Promise<void>;
  /** Resolves when it answers, with or without Redis. */
  startApi(): Promise<void>;
  stop(): Promise<void>;
}

export interface ClusterOptions {
  folder: string;
  workers: number;
  /** A process namespace for each worker: it sees no process of another one, as on a machine of its own. Default false. */
  namespaces?: boolean;
  /** A Redis, and the socket through which clients reach it. Default: one of its own. */
  redis?: { redis: PrivateRedis; socketPath: string };
  /** What goes into `leeway.policy.json`. Default: the policy of the chaos test. */
  policy?: object;
}

/** Runs a program in a namespace of process ids, which ends with it. Needs root on Linux. */
const IN_NAMESPACE = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** Whether this machine allows process namespaces. */
export function canUseNamespaces(): boolean {
  const [program = '', ...args] = IN_NAMESPACE;
  return spawnSync(program, [...args, 'true']).status === 0;
}

/** API and workers as real processes on one Redis with an append-only file; each worker reaches it through a proxy. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { folder, workers, namespaces = false, policy = CHAOS_POLICY } = options;
  const redis = options.redis?.redis ?? (await startRedis({ appendOnly: true }));
  const socketPath = options.redis?.socketPath ?? redis.socketPath;
  const [port = 0] = await freePorts(1);
  const api = `http://127.0.0.1:${port}`;
  const policyFile = join(folder, 'leeway.policy.json');
  writeFileSync(policyFile, JSON.stringify(policy));
  const env = { PORT: String(port), LEEWAY_POLICY: policyFile, LEEWAY_HANDLERS: HANDLERS, LOG_LEVEL: 'info' };
  const processes: TestProcess[] = [];
  const run = (app: string, name: string, redisUrl: string) => {
    const main = join(ROOT, 'apps', app, 'dist', 'main.js');
    const program = [...(namespaces && app === 'worker' ? IN_NAMESPACE : []), process.execPath, main];
    const started = spawnProcess(program, { name, cwd: folder, env: { ...env, REDIS_URL: redisUrl } });
    processes.push(started);
    return started;
  };

  const slots = Array.from({ length: workers }, (_, slot) => slot);
  const proxies = await Promise.all(slots.map((slot) => startProxy(join(folder, `redis-${slot}`), socketPath)));
  const workerProcesses: WorkerProcess[] = [];
  let stopping = false;
  const startWorker = (slot: number) => {
    const started = run('worker', `worker ${slot}`, proxies[slot]?.url ?? '');
    const entry: WorkerProcess = { slot, pid: started.pid, process: started, startedAt: Date.now(), endedAt: null };
    workerProcesses.push(entry);
    void started.ended.then(() => {
      entry.endedAt = Date.now();
      if (!stopping) startWorker(slot);
    });
  };
  const worker = (slot: number) => workerProcesses.findLast((entry) => entry.slot === slot) as WorkerProcess;
  const isReady = (slot: number) => worker(slot).process.lines.some((line) => line.includes('"event":"worker_ready"'));
  const untilWorker = async (slot: number, moreMs = 0) => {
    const look = () => worker(slot).endedAt === null && isReady(slot);
    await waitUntil(look, { what: `a worker in slot ${slot}`, timeoutMs: READY_MS + moreMs });
  };
  let apiProcess: TestProcess | undefined;
  const startApi = async () => {
    apiProcess = run('api', 'api', `unix://${socketPath}`);
    await waitUntil(async () => (await fetch(`${api}/healthz`)).ok, { what: 'the API to answer', timeoutMs: READY_MS });
  };
  const stop = async () => {
    stopping = true;
    await Promise.all(processes.map((each) => each.end()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await redis.stop();
  };
  try {
    for (const slot of slots) startWorker(slot);
    await Promise.all([startApi(), ...slots.map((slot) => untilWorker(slot))]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    api,
    redis,
    proxies,
    workerProcesses,
    worker,
    untilWorker,
    startApi,
    stop,
    killApi: () => signalled(apiProcess as TestProcess, 'SIGKILL'),
  };
}

/** Sends a signal to the process alone, if it is there, and for SIGKILL waits until it is gone. */
export async function signalled(to: TestProcess, signal: NodeJS.Signals): Promise<void> {
  if (to.isRunning()) process.kill(to.pid, signal);
  if (signal === 'SIGKILL') await to.ended;
}

/** The leash of a worker: its only child that runs the leash's program. */
export function leashPidOf(worker: WorkerProcess): number | null {
  const children = readFileSync(`/proc/${worker.pid}/task/${worker.pid}/children`, 'utf8').trim().split(' ');
  const leash = children.filter(Boolean).find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('leash'));
  return leash === undefined ? null : Number(leash);
}
