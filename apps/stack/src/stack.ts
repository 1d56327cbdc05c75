import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lifecycle, silentLog, TimeoutError, withTimeout, type Part, type StopResult } from '@leeway/runtime';
import type { PreparedStart } from './prepared-start.js';
import { Guard } from './process/guard.js';
import { KeptProcess, type KeptProcessOptions } from './process/kept-process.js';
import { answersOk, untilReady } from './process/readiness.js';
import { checkRedisUrl } from './redis/check-redis-url.js';
import { PrivateRedis } from './redis/private-redis.js';
import { StartError } from './start-error.js';
import { localUrl } from './terminal/local-url.js';

export interface StackOptions extends PreparedStart {
  /** The environment of the processes, without the wiring that the stack adds. */
  env: NodeJS.ProcessEnv;
  /** Milliseconds for the API, the dashboard and the workers to stop; later they are killed. */
  stopMs: number;
  /** Kills what still runs while the stack stops. */
  stopNow: AbortSignal;
  /** Shows a line to the person who started the stack. */
  announce(text: string): void;
  /** Receives the output of the processes. */
  writeLine(process: string, line: string): void;
}

const READY_WITHIN_MS = 60_000;
/** Redis has no jobs to wait for: it only writes the rest of its append-only file. */
const REDIS_STOP_MS = 10_000;
/** Time for Redis to stop and for killed processes to disappear, after the drain time. */
const ABANDON_AFTER_MS = REDIS_STOP_MS + 5_000;
const MS_PER_S = 1_000;
const WORKER_READY = '"event":"worker_ready"';
/** A worker counts as ready after this time where the log level hides its line. */
const QUIET_WORKER_MS = 1_500;
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Redis unless there is one, then the API, the dashboard and the workers: started in this order, stopped in reverse. */
export class Stack {
  private readonly guard: Guard;
  private readonly apps: KeptProcess[];
  private readonly lifecycle: Lifecycle;

  constructor(private readonly options: StackOptions) {
    const { settings, redisCommand, dataLock, stopMs, stopNow } = options;
    this.guard = new Guard({ onStarted: (pid) => dataLock?.setGuard(pid) });
    const redis = redisCommand === undefined ? undefined : new PrivateRedis(redisCommand, settings.dataFolder);
    this.apps = this.createApps(settings.redisUrl ?? redis?.url ?? '');
    const store = redis === undefined ? this.givenRedis(settings.redisUrl ?? '') : this.privateRedis(redis);
    this.lifecycle = new Lifecycle({
      parts: [this.guard, store, this.allApps()],
      log: silentLog,
      drainMs: stopMs,
      abortDrain: stopNow,
      abandonAfterMs: ABANDON_AFTER_MS,
    });
  }

  /** Resolves when all processes are ready, and when `stop` was called meanwhile. Rejects with a StartError. */
  start(): Promise<void> {
    return this.lifecycle.start();
  }

  stop(reason: string): Promise<StopResult> {
    return this.lifecycle.stop(reason);
  }

  private givenRedis(redisUrl: string): Part {
    return { name: 'redis', start: () => checkRedisUrl(redisUrl) };
  }

  private privateRedis(redis: PrivateRedis): Part {
    const kept = this.keep('redis', {
      launch: () => redis.launch(),
      isReady: (child) => redis.isReady(child),
      endsLast: true,
      isWorthShowing: (line) => redis.isWorthShowing(line),
    });
    // Without the signal of the lifecycle: a killed Redis could lose the last second.
    return { name: 'redis', start: () => kept.start(), stop: () => kept.stop(AbortSignal.timeout(REDIS_STOP_MS)) };
  }

  private createApps(redisUrl: string): KeptProcess[] {
    const { settings } = this.options;
    const env = {
      ...this.options.env,
      PORT: String(settings.apiPort),
      DASHBOARD_PORT: String(settings.dashboardPort),
      HOST: settings.host,
      REDIS_URL: redisUrl,
    };
    const launch = (name: string) => () => launchApp(name, env);
    const answers = (port: number) => (child: ChildProcess) =>
      untilReady(child, () => answersOk(`${localUrl(settings.host, port)}/readyz`));
    const reports: KeptProcessOptions['isReady'] = (_child, lines) =>
      Promise.race([
        lines.waitFor((line) => line.includes(WORKER_READY)),
        ...(logsInfo(env) ? [] : [sleep(QUIET_WORKER_MS)]),
      ]);
    return [
      this.keep('api', { launch: launch('api'), isReady: answers(settings.apiPort) }),
      this.keep('dashboard', { launch: launch('dashboard'), isReady: answers(settings.dashboardPort) }),
      ...Array.from({ length: settings.workers }, (_, index) =>
        this.keep(`worker-${index + 1}`, { launch: launch('worker'), isReady: reports }),
      ),
    ];
  }

  private keep(
    name: string,
    process: Pick<KeptProcessOptions, 'launch' | 'isReady' | 'endsLast'> & { isWorthShowing?(line: string): boolean },
  ): KeptProcess {
    const { announce, writeLine } = this.options;
    const { isWorthShowing = () => true, ...options } = process;
    const onLine = (line: string) => void (isWorthShowing(line) && writeLine(name, line));
    return new KeptProcess({ name, guard: this.guard, onLine, announce, ...options });
  }

  /** All at the same time: none of them needs another one to start or stop. */
  private allApps(): Part {
    return {
      name: 'API, dashboard, workers',
      start: async () => {
        try {
          await withTimeout(Promise.all(this.apps.map((app) => app.start())), READY_WITHIN_MS);
        } catch (error) {
          throw error instanceof TimeoutError ? this.notReady() : error;
        }
      },
      stop: async (signal) => void (await Promise.all(this.apps.map((app) => app.stop(signal)))),
    };
  }

  private notReady(): StartError {
    const missing = this.apps.filter((app) => !app.wasReady).map((app) => app.name);
    return new StartError(
      `Not ready after ${READY_WITHIN_MS / MS_PER_S} s: ${missing.join(', ')}. The lines above are their output.`,
    );
  }
}

/** In a session of its own: Ctrl-C in the terminal reaches the stack alone, which stops its processes in order. */
function launchApp(name: string, env: NodeJS.ProcessEnv): ChildProcess {
  const program = fileURLToPath(new URL(`../../${name}/dist/main.js`, import.meta.url));
  return spawn(process.execPath, [program], { cwd: ROOT, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
}

function logsInfo({ LOG_LEVEL = 'info' }: NodeJS.ProcessEnv): boolean {
  return ['trace', 'debug', 'info', ''].includes(LOG_LEVEL);
}
