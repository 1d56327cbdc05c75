import {
  commandsSentence,
  ConfigError,
  createLog,
  environmentSentence,
  readConfig,
  stopOnSignals,
  unsafeExposure,
  type Config,
} from '@leeway/runtime';
import { createApi } from './api.js';

await main();

async function main(): Promise<void> {
  const config = configOrExit();
  const log = createLog({ process: 'api', level: config.logLevel });
  const { lifecycle, server } = createApi(config, log);
  stopOnSignals(lifecycle);
  log.info({ event: 'commands_allowed', allow: config.policy.commands.allow }, commandsSentence(config));
  log.info({ event: 'environment', ...config.environment }, environmentSentence(config.environment));
  try {
    await lifecycle.start();
  } catch (error) {
    return exit(error instanceof Error ? error.message : String(error));
  }
  log.info(
    { event: 'api_ready', url: server.url, policy: config.policy.version, keyed: config.keys !== null },
    `API on ${server.url}`,
  );
}

function configOrExit(): Config {
  try {
    const config = readConfig(process.env);
    const problems = unsafeExposure(config);
    if (problems.length > 0) throw new ConfigError(problems);
    return config;
  } catch (error) {
    return exit(error instanceof Error ? error.message : String(error));
  }
}

function exit(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
