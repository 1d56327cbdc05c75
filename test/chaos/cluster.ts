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
export interface WorkerLife {
  slot: number;
  pid: number;
  process: TestProcess;
  startedAt: number;
  /** Epoch ms; null while it lives. */
  endedAt: number | null;
}

export interface Cluster {
  readonly api: string;
  readonly redis: PrivateRedis;
  readonly proxies: readonly CuttableProxy[];
  /** Every worker process there ever was, in the order of their starts. */
  readonly lives: readonly WorkerLife[];
  /** The process that stands in a slot now, or stood there last. */
  worker(slot: number): WorkerLife;
  /**
   * Resolves when a worker that is ready stands in the slot: whoever ends is replaced, as a container would be. `moreMs`:
   * how much longer than a start that may take, where what starts is attacked again.
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
  /** Each worker on a machine of its own, as far as it can tell: it sees no process of another one. Default false. */
  apart?: boolean;
  /** The Redis to use, and the socket where its clients find it. Default: one of its own. */
  redis?: { redis: PrivateRedis; socketPath: string };
  /** What goes into `leeway.policy.json`. Default: that of the attack suite. */
  policy?: object;
}

/** A namespace of process ids for each worker, which ends with it. Needs root on Linux. */
const APART = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** Whether workers can be put on machines of their own here. */
export function canBeApart(): boolean {
  const [program = '', ...args] = APART;
  return spawnSync(program, [...args, 'true']).status === 0;
}

/** API and workers as real processes on one Redis with an append-only file; each worker reaches it through a proxy. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { folder, workers, apart = false, policy = CHAOS_POLICY } = options;
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
    const program = [...(apart && app === 'worker' ? APART : []), process.execPath, main];
    const started = spawnProcess(program, { name, cwd: folder, env: { ...env, REDIS_URL: redisUrl } });
    processes.push(started);
    return started;
  };

  const slots = Array.from({ length: workers }, (_, slot) => slot);
  const proxies = await Promise.all(slots.map((slot) => startProxy(join(folder, `redis-${slot}`), socketPath)));
  const lives: WorkerLife[] = [];
  let stopping = false;
  const startWorker = (slot: number) => {
    const started = run('worker', `worker ${slot}`, proxies[slot]?.url ?? '');
    const life: WorkerLife = { slot, pid: started.pid, process: started, startedAt: Date.now(), endedAt: null };
    lives.push(life);
    void started.ended.then(() => {
      life.endedAt = Date.now();
      if (!stopping) startWorker(slot);
    });
  };
  const worker = (slot: number) => lives.findLast((life) => life.slot === slot) as WorkerLife;
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
    lives,
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
export function leashPidOf(worker: WorkerLife): number | null {
  const children = readFileSync(`/proc/${worker.pid}/task/${worker.pid}/children`, 'utf8').trim().split(' ');
  const leash = children.filter(Boolean).find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('leash'));
  return leash === undefined ? null : Number(leash);
}
