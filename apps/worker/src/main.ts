import {
  createLog,
  environmentSentence,
  Lifecycle,
  LivePolicy,
  productVersion,
  readConfig,
  stopOnSignals,
} from '@leeway/runtime';
import { heartbeatTimes } from '@leeway/queue';
import { startLeash } from './handlers/command/leash-client/start-leash.js';
import { loadHandlers } from './handlers/load-handlers.js';
import { LeewayWorker } from './worker/worker.js';

/** The exit code of a worker that wants to be replaced; the process that started it starts another one. */
const EXIT_WORN_OUT = 75;
/** Beyond drain and grace, for closing connections and ending the leash. */
const STOP_MARGIN_MS = 5_000;
const exit = forbidExit(process);

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const { supervision } = config.policy;
  const log = createLog({ process: 'worker', level: config.logLevel });
  log.info({ event: 'environment', ...config.environment }, environmentSentence(config.environment));
  const line = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) =>
    log[level]({ event: 'leash', ...fields }, message);
  const leash = startLeash({
    silenceMs: heartbeatTimes(supervision).leashSilenceMs,
    env: process.env,
    log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
  });
  const handlers = await loadHandlers({
    ...{ config, env: process.env, leash },
    // Called when a job runs, so after the worker exists.
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
      log.error({ event: 'fatal', error }, `the worker cannot continue: ${error.message}`);
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

/**
 * Makes `process.exit` throw, so that a user's handler that calls it fails its own attempt and does not end the other jobs of
 * this process. Returns the real one.
 */
function forbidExit(target: Pick<NodeJS.Process, 'exit'>): NodeJS.Process['exit'] {
  const realExit = target.exit.bind(target);
  target.exit = (code) => {
    throw new Error(
      `process.exit(${code ?? ''}) was called in a worker, which other jobs share. Return or throw instead, or run the handler in a process of its own (isolated: true).`,
    );
  };
  return realExit;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  exit(1);
});
