import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePorts } from './free-port.js';
import { createJobClient, type JobClient } from './job-client.js';
import { spawnNode, type TestProcess } from './process.js';
import { startRedis, type PrivateRedis } from './redis.js';
import { waitUntil } from './wait-until.js';

export interface StackOptions {
  /** Worker processes. Default 1. */
  workers?: number;
  /** Content of `leeway.policy.json`. Default: the built-in policy. */
  policy?: object;
  /** Further environment variables of every process. */
  env?: Record<string, string>;
  /** Also start the dashboard. Default false. */
  dashboard?: boolean;
  /** Address of a running Redis or of a proxy. Default: the stack starts and stops its own. */
  redisUrl?: string;
}

/** The built apps as real processes on free ports, with a private Redis. */
export interface Stack extends JobClient {
  /** `http://127.0.0.1:<port>` */
  readonly api: string;
  /** Address of the dashboard, which runs only where `dashboard` is true. */
  readonly dashboard: string;
  /** Throws where the stack uses `redisUrl`. */
  readonly redis: PrivateRedis;
  readonly apiProcess: TestProcess;
  /** In the order of their start; `addWorker` appends. */
  readonly workers: TestProcess[];
  /** Starts one more worker and resolves when it is ready. */
  addWorker(env?: Record<string, string>): Promise<TestProcess>;
  /** Kills all processes and removes all files. May be called twice. */
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 30_000;
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Starts API, workers and perhaps the dashboard, and resolves when all are ready. Needs the build. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const redis = options.redisUrl === undefined ? await startRedis({ appendOnly: true }) : undefined;
  const folder = mkdtempSync(join(tmpdir(), 'leeway-stack-'));
  const [apiPort = 0, dashboardPort = 0] = await freePorts(2);
  const env = {
    PORT: String(apiPort),
    DASHBOARD_PORT: String(dashboardPort),
    REDIS_URL: options.redisUrl ?? redis?.url ?? '',
    ...(options.policy !== undefined && { LEEWAY_POLICY: writePolicy(folder, options.policy) }),
    ...options.env,
  };
  const processes: TestProcess[] = [];
  const run = (app: string, name: string, more: Record<string, string> = {}) => {
    const main = join(ROOT, 'apps', app, 'dist', 'main.js');
    const started = spawnNode([main], { name, cwd: folder, env: { ...env, ...more } });
    processes.push(started);
    return started;
  };
  const workers: TestProcess[] = [];
  const addWorker = async (more?: Record<string, string>) => {
    const worker = run('worker', `worker-${workers.length + 1}`, more);
    workers.push(worker);
    await worker.waitForLine('"event":"worker_ready"', READY_TIMEOUT_MS);
    return worker;
  };
  const stop = async () => {
    await Promise.all(processes.map((started) => started.end()));
    await redis?.stop();
    await rm(folder, { recursive: true, force: true });
  };

  const api = `http://127.0.0.1:${apiPort}`;
  const dashboard = `http://127.0.0.1:${dashboardPort}`;
  try {
    const apiProcess = run('api', 'api');
    const others = Array.from({ length: options.workers ?? 1 }, () => addWorker());
    if (options.dashboard === true) others.push(untilReady(run('dashboard', 'dashboard'), dashboard));
    await Promise.all([untilReady(apiProcess, api), ...others]);
    return {
      ...createJobClient(api),
      api,
      dashboard,
      apiProcess,
      workers,
      addWorker,
      stop,
      get redis() {
        if (redis === undefined) throw new Error('this stack has no private Redis: it uses redisUrl');
        return redis;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function writePolicy(folder: string, policy: object): string {
  const file = join(folder, 'leeway.policy.json');
  writeFileSync(file, JSON.stringify(policy));
  return file;
}

async function untilReady(started: TestProcess, url: string): Promise<TestProcess> {
  const isReady = async () => {
    if (!started.isRunning()) return true;
    return (await fetch(`${url}/readyz`)).ok;
  };
  await waitUntil(isReady, { what: `${started.name} to be ready`, timeoutMs: READY_TIMEOUT_MS });
  if (!started.isRunning()) throw new Error(`${started.name} ended:\n${started.lines.join('\n')}`);
  return started;
}
