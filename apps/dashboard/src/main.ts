import { JobQueue } from '@leeway/queue';
import {
  ConfigError,
  createLog,
  HostGuard,
  HttpServer,
  Lifecycle,
  LivePolicy,
  readConfig,
  stopOnSignals,
  systemClock,
  unsafeExposure,
  type Config,
} from '@leeway/runtime';
import { dashboard } from './app.js';

/** A process that could not start exits after this, in ms, even where a handle is still open. */
const EXIT_WITHIN_MS = 1_000;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const problems = unsafeExposure(config);
  if (problems.length > 0) throw new ConfigError(problems);
  const log = createLog({ process: 'dashboard', level: config.logLevel });
  const { policy, redisUrl } = config;
  const onError = (error: Error) => log.debug({ event: 'redis_error', error }, error.message);
  const queue = new JobQueue({ redisUrl, policy, clientName: 'leeway-dashboard', clock: systemClock, onError });
  const server = httpServer(config, (guard) =>
    dashboard({ ...config, queue, guard, apiUrl: apiUrl(config), clock: systemClock, log }),
  );
  const store = { name: 'redis', start: () => queue.start(), stop: () => queue.close() };
  const lifecycle = new Lifecycle({
    parts: [new LivePolicy(config, log), store, server],
    log,
    drainMs: policy.supervision.drainMs,
  });
  stopOnSignals(lifecycle);
  await lifecycle.start();
  log.info({ event: 'dashboard_ready', url: server.url }, `dashboard at ${server.url}`);
}

function httpServer(config: Config, app: (guard: HostGuard) => ReturnType<typeof dashboard>): HttpServer {
  return new HttpServer({
    name: 'dashboard',
    host: config.host,
    port: config.dashboardPort,
    portVariable: 'DASHBOARD_PORT',
    listener: (address) => app(new HostGuard({ ...address, publicNames: config.policy.api.hosts })),
  });
}

function apiUrl({ host, port }: Config): string {
  return `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host}:${port}`;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : String((error as Error).stack ?? error)}\n`);
  process.exitCode = 1;
  setTimeout(() => process.exit(1), EXIT_WITHIN_MS).unref();
});
