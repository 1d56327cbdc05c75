import { commandsSentence, ConfigError, readConfig, unsafeExposure, type Config } from '@leeway/runtime';
import { pathWithoutNpm } from './process/path-without-npm.js';
import { Stack } from './stack.js';
import { StartError } from './start-error.js';
import { createLogWriter } from './terminal/log-writer.js';
import { stopRequests } from './terminal/stop-requests.js';
import { welcome } from './terminal/welcome.js';
import type { PreparedStart } from './prepared-start.js';

/** Time that processes need beyond the drain and grace of the policy to stop. */
const STOP_MARGIN_MS = 5_000;
const MS_PER_S = 1_000;

/** Runs the stack until it is asked to stop, then ends this process. Called by `npm start`. */
export async function main(prepared: PreparedStart): Promise<void> {
  try {
    await run(prepared, safeConfig());
  } catch (error) {
    if (!(error instanceof StartError || error instanceof ConfigError)) throw error;
    process.stderr.write(`\n${error.message}\n`);
    process.exit(1);
  }
}

/** Read here although each process reads it again: a mistake is shown once, before anything starts. */
function safeConfig(): Config {
  const config = readConfig(process.env);
  const problems = unsafeExposure(config);
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

async function run(prepared: PreparedStart, config: Config): Promise<void> {
  const { settings, step } = prepared;
  const { drainMs, graceMs } = config.policy.supervision;
  const requests = stopRequests({ watchNpm: process.env['npm_lifecycle_event'] !== undefined });
  const stack = new Stack({
    ...prepared,
    env: { ...process.env, PATH: pathWithoutNpm(process.env['PATH'] ?? '') },
    stopMs: drainMs + graceMs + STOP_MARGIN_MS,
    stopNow: requests.second,
    announce: print,
    writeLine: createLogWriter({ out: process.stdout, colours: process.stdout.isTTY && !process.env['NO_COLOR'] }),
  });
  await step('API, dashboard, workers', async (note) => {
    await Promise.race([stack.start(), requests.first]);
    note(requests.reason === undefined ? 'ready' : 'not started');
  });
  if (requests.reason === undefined)
    print(welcome(settings, { withKeys: config.keys !== null, commands: commandsSentence(config) }));

  await requests.first;
  print(
    `\n${requests.reason}: stopping. Running jobs may finish for ${drainMs / MS_PER_S} s; once more ends them now.`,
  );
  const { clean, left } = await stack.stop(requests.reason ?? '');
  print(clean ? 'Stopped; nothing is left running.' : `Stopped, but these did not end: ${left.join(', ')}.`);
  process.exit(clean ? 0 : 1);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
