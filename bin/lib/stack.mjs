import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startGuard } from './guard.mjs';
import { keepRunning } from './keep-running.mjs';
import { pathBeforeNpm, ROOT } from './paths.mjs';
import { answersOk, whenItHolds } from './readiness.mjs';
import { privateRedis } from './redis-server.mjs';
import { Refusal } from './refusal.mjs';
import { localUrl } from './settings.mjs';

const READY_LIMIT_MS = 60_000;
/** Redis has nothing to wait for: its append-only file is written as it goes. */
const REDIS_STOP_MS = 10_000;
const QUIET_WORKER_MS = 1_500;
const WORKER_READY = '"event":"worker_ready"';

/**
 * Runs the whole stack: Redis unless there is one, then the API, the dashboard and the workers side by side. Resolves
 * when all are ready. Throws a Refusal when one of them ends or is not ready in time; nothing is left running then.
 *
 * `settings` come from readSettings; `redisProgram` is the server to start, undefined with a `redisUrl`; `stopMs` is
 * what the processes may take to stop; `announce(text)` and `write(process, line)` are what a person sees; when
 * `cancelled` resolves it waits no longer for readiness.
 */
export async function startStack({ settings, redisProgram, stopMs, announce, write, onGuard, cancelled }) {
  const guard = startGuard({ onStarted: onGuard });
  const running = [];
  const keep = (name, options) => {
    const { isWorthShowing = () => true } = options;
    const onLine = (line) => void (isWorthShowing(line) && write(name, line));
    const kept = keepRunning({ name, guard, announce, onLine, ...options });
    running.push(kept);
    return kept;
  };
  const stack = stoppable({ running, guard, stopMs, announce });
  try {
    const redis = settings.redisUrl === undefined ? privateRedis({ ...settings, program: redisProgram }) : undefined;
    if (redis !== undefined) await keep('redis', { ...redis, last: true }).ready;
    const apps = startApps(keep, { settings, redisUrl: settings.redisUrl ?? redis.url });
    await Promise.race([Promise.all(apps.map((app) => app.ready)), notReadyInTime(apps), cancelled]);
    return stack;
  } catch (error) {
    await stack.kill();
    throw error;
  }
}

function stoppable({ running, guard, stopMs, announce }) {
  const apps = () => running.filter(({ name }) => name !== 'redis');
  const endRedis = async () => {
    const redis = running.filter(({ name }) => name === 'redis');
    await stopAll(redis, { limitMs: REDIS_STOP_MS, announce });
    await guard.close();
  };
  return {
    /** Asks all to stop, Redis after the others, and kills what has not stopped in time. */
    async stop() {
      await stopAll(apps(), { limitMs: stopMs, announce });
      await endRedis();
    },
    /** Ends all at once. */
    async kill() {
      await Promise.all(apps().map((app) => app.stop('SIGKILL')));
      await endRedis();
    },
  };
}

function startApps(keep, { settings, redisUrl }) {
  const env = {
    ...process.env,
    PATH: pathBeforeNpm(),
    PORT: String(settings.apiPort),
    DASHBOARD_PORT: String(settings.dashboardPort),
    HOST: settings.host,
    REDIS_URL: redisUrl,
  };
  const app = (name) => () =>
    spawn(process.execPath, [join(ROOT, 'apps', name, 'dist', 'main.js')], {
      cwd: ROOT,
      env,
      // A session of its own: Ctrl-C reaches us alone, and we stop them in order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const http = (port) => (child) => whenItHolds(child, () => answersOk(`${localUrl(settings.host, port)}/readyz`));
  // At a log level that hides the line a worker counts as ready once it has stayed for a moment.
  const printed = (_child, lines) =>
    Promise.race([
      lines.waitFor((line) => line.includes(WORKER_READY)),
      ...(logsInfo(env) ? [] : [sleep(QUIET_WORKER_MS)]),
    ]);
  const workers = Array.from({ length: settings.workers }, (_, i) =>
    keep(`worker-${i + 1}`, { launch: app('worker'), isReady: printed }),
  );
  return [
    keep('api', { launch: app('api'), isReady: http(settings.apiPort) }),
    keep('dashboard', { launch: app('dashboard'), isReady: http(settings.dashboardPort) }),
    ...workers,
  ];
}

function logsInfo({ LOG_LEVEL = 'info' }) {
  return ['trace', 'debug', 'info', ''].includes(LOG_LEVEL);
}

function notReadyInTime(apps) {
  return new Promise((_, reject) => {
    const giveUp = () => {
      const missing = apps.filter((app) => !app.wasReady()).map((app) => app.name);
      reject(new Refusal(`Not ready after ${READY_LIMIT_MS / 1_000} s: ${missing.join(', ')}. Their lines are above.`));
    };
    setTimeout(giveUp, READY_LIMIT_MS).unref();
  });
}

async function stopAll(list, { limitMs, announce }) {
  const kill = () => {
    for (const late of list.filter((p) => p.isRunning())) {
      announce(`${late.name} has not stopped after ${limitMs / 1_000} s; killing it`);
      void late.stop('SIGKILL');
    }
  };
  const timer = setTimeout(kill, limitMs);
  await Promise.all(list.map((p) => p.stop()));
  clearTimeout(timer);
}
