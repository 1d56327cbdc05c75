import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { startGuard } from './guard.mjs';
import { keepRunning } from './keep-running.mjs';
import { ROOT } from './paths.mjs';
import { answersOk, whenItHolds } from './readiness.mjs';
import { privateRedis } from './redis-server.mjs';
import { Refusal } from './refusal.mjs';
import { localUrl } from './settings.mjs';

const READY_LIMIT_MS = 60_000;
/** Redis has nothing to wait for: its append-only file is written as it goes. */
const REDIS_STOP_MS = 10_000;
const WORKER_READY = '"event":"worker_ready"';

/**
 * Runs the whole stack: Redis unless there is one, then the API, the dashboard and the workers side by side. Resolves
 * when all are ready. Throws a Refusal when one of them ends or is not ready in time; nothing is left running then.
 *
 * `settings` come from readSettings; `redisProgram` is the server to start, undefined with a `redisUrl`; `drainMs` is
 * what the processes may take to stop; `announce(text)` and `write(process, line)` are what a person sees.
 */
export async function startStack({ settings, redisProgram, drainMs, announce, write, onGuard = () => {} }) {
  const guard = startGuard({ onStarted: onGuard });
  const running = [];
  const keep = (name, options) => {
    const { isWorthShowing = () => true } = options;
    const onLine = (line) => void (isWorthShowing(line) && write(name, line));
    const kept = keepRunning({ name, guard, announce, onLine, ...options });
    running.push(kept);
    return kept;
  };

  const stack = {
    /** Asks all to stop, Redis after the others, and kills what has not stopped in time. */
    async stop() {
      await stopAll(
        running.filter((p) => p.name !== 'redis'),
        { limitMs: drainMs, announce },
      );
      await stopAll(
        running.filter((p) => p.name === 'redis'),
        { limitMs: REDIS_STOP_MS, announce },
      );
      await guard.close();
    },
    /** Ends all at once. Redis is asked, which it obeys within milliseconds. */
    async kill() {
      await Promise.all(running.map((p) => p.stop(p.name === 'redis' ? 'SIGTERM' : 'SIGKILL')));
      await guard.close();
    },
  };
  try {
    const redisUrl = settings.redisUrl ?? (await startRedis(keep, { redisProgram, settings }));
    const apps = startApps(keep, { settings, redisUrl });
    await Promise.race([Promise.all(apps.map((app) => app.ready)), notReadyInTime(apps)]);
    return stack;
  } catch (error) {
    await stack.kill();
    throw error;
  }
}

async function startRedis(keep, { redisProgram, settings }) {
  const { url, ...redis } = privateRedis({ program: redisProgram, dataFolder: settings.dataFolder });
  await keep('redis', { ...redis, last: true }).ready;
  return url;
}

function startApps(keep, { settings, redisUrl }) {
  const env = {
    ...process.env,
    PORT: String(settings.apiPort),
    DASHBOARD_PORT: String(settings.dashboardPort),
    HOST: settings.host,
    REDIS_URL: redisUrl,
    ...(settings.policyFile && { LEEWAY_POLICY: settings.policyFile }),
    ...(settings.keysFile && { LEEWAY_KEYS: settings.keysFile }),
    ...(settings.handlersFile && { LEEWAY_HANDLERS: settings.handlersFile }),
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
  const printed = (_child, lines) => lines.waitFor((line) => line.includes(WORKER_READY));
  const workers = Array.from({ length: settings.workers }, (_, i) =>
    keep(`worker-${i + 1}`, { launch: app('worker'), isReady: printed }),
  );
  return [
    keep('api', { launch: app('api'), isReady: http(settings.apiPort) }),
    keep('dashboard', { launch: app('dashboard'), isReady: http(settings.dashboardPort) }),
    ...workers,
  ];
}

function notReadyInTime(apps) {
  return new Promise((_, reject) => {
    const readyApps = new Set();
    for (const app of apps)
      app.ready.then(
        () => readyApps.add(app),
        () => {},
      );
    const giveUp = () => {
      const missing = apps.filter((app) => !readyApps.has(app)).map((app) => app.name);
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
