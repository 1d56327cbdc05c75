import {
  createLog,
  environmentSentence,
  Lifecycle,
  LivePolicy,
  productVersion,
  readConfig,
  stopOnSignals,
} from '@leeway/runtime';
import { startLeash } from './handlers/command/leash-client/start-leash.js';
import { loadHandlers } from './handlers/make-handlers.js';
import { keepExit } from './handlers/user/keep-exit.js';
import { LeewayWorker } from './worker/worker.js';

/** The process is replaced by whoever runs it. */
const EXIT_WORN_OUT = 75;
const exit = keepExit(process);
/** Beyond draining and grace, for letting go of everything. */
const STOP_MARGIN_MS = 5_000;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog({ process: 'worker', level: config.logLevel });
  log.info({ event: 'environment', ...config.environment }, environmentSentence(config.environment));
  const { supervision } = config.policy;
  const line = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) =>
    log[level]({ event: 'leash', ...fields }, message);
  const leash = startLeash({
    silenceMs: supervision.leashSilenceMs,
    env: process.env,
    log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
  });
  const handlers = await loadHandlers({
    ...{ config, env: process.env, leash, log },
    // A handler runs only after the worker was made.
    providers: () => worker.providers,
  });
  const worker: LeewayWorker = new LeewayWorker({
    config,
    log,
    version: productVersion(),
    handlers,
    env: process.env,
    leashSocket: leash.socketPath,
    leashReady: () => leash.ready(),
    onFatal: (error) => {
      log.error({ event: 'fatal', error }, `cannot go on: ${error.message}`);
      exit(1);
    },
    onWornOut: (why) => {
      log.error({ event: 'worn_out', why }, `draining, to be replaced: ${why}`);
      void lifecycle.stop(why).then(() => exit(EXIT_WORN_OUT));
    },
  });
  const lifecycle = new Lifecycle({
    parts: [new LivePolicy(config, log), { name: 'leash', stop: () => leash.close() }, worker],
    log,
    drainMs: supervision.drainMs + supervision.graceMs + STOP_MARGIN_MS,
  });
  process.on('uncaughtException', (error) => void worker.crashWith(error).finally(() => exit(1)));
  stopOnSignals(lifecycle, exit);
  await lifecycle.start();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  exit(1);
});
