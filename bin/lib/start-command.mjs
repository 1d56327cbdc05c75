import { build } from './build.mjs';
import { readConfig } from './config.mjs';
import { lockData } from './data-lock.mjs';
import { createLogWriter } from './log-lines.mjs';
import { installPackages } from './packages.mjs';
import { checkPorts } from './ports.mjs';
import { obtainRedis } from './redis-program.mjs';
import { checkRedisUrl } from './redis-url.mjs';
import { orRefuse } from './refusal.mjs';
import { localUrl, readSettings } from './settings.mjs';
import { startStack } from './stack.mjs';
import { step } from './steps.mjs';
import { untilAskedToStop } from './stop-signals.mjs';

/** What a process needs beyond the policy's drain and grace to say good-bye. */
const STOP_MARGIN_MS = 5_000;

/** `npm start`: from a bare checkout to a running stack, until Ctrl-C. */
export function start() {
  return orRefuse(async () => {
    const settings = readSettings();
    // The folder first: of two starts side by side, its message says more than that of the ports.
    const lock =
      settings.redisUrl === undefined ? await step('Data folder', (note) => takeData(settings, note)) : undefined;
    process.once('exit', () => lock?.release());
    await checkPorts(settings.host, [
      { port: settings.apiPort, variable: 'PORT' },
      { port: settings.dashboardPort, variable: 'DASHBOARD_PORT' },
    ]);
    await step('Packages', installPackages);
    const redisProgram = await step('Redis', (note) => redisFor(settings, note));
    await step('Build', build);
    const { config, commands } = await readConfig();
    await runUntilStopped({ settings, redisProgram, config, commands, lock });
  });
}

async function takeData({ dataFolder }, note) {
  const lock = await lockData(dataFolder, note);
  note(dataFolder);
  return lock;
}

async function redisFor({ redisUrl }, note) {
  if (redisUrl === undefined) return obtainRedis(note);
  await checkRedisUrl(redisUrl, note);
  return undefined;
}

async function runUntilStopped({ settings, redisProgram, config, commands, lock }) {
  const { drainMs, graceMs } = config.policy.supervision;
  const say = (text) => process.stdout.write(`${text}\n`);
  const asked = untilAskedToStop();
  const starting = step('API, dashboard, workers', async (note) => {
    const stack = await startStack({
      settings,
      redisProgram,
      stopMs: drainMs + graceMs + STOP_MARGIN_MS,
      announce: say,
      write: createLogWriter(),
      onGuard: (pid) => lock?.setGuard(pid),
      cancelled: asked.first,
    });
    note('ready');
    return stack;
  });
  const stack = await starting;
  if (!asked.isAsked()) say(welcome(settings, { config, commands }));

  const why = await asked.first;
  say(`\n${why}: stopping. Running jobs may finish for ${drainMs / 1_000} s; once more ends them now.`);
  await Promise.race([stack.stop(), asked.second.then(() => stack.kill())]);
  say('Stopped; nothing is left running.');
  process.exit(0);
}

function welcome(settings, { config, commands }) {
  const api = localUrl(settings.host, settings.apiPort);
  const key = config.keys === null ? '' : " -H 'authorization: Bearer <your key>'";
  const job = JSON.stringify({
    kind: 'command',
    input: { argv: ['node', '-e', 'setTimeout(() => console.log(42), 500)'] },
  });
  return `
Leeway is ready. Ctrl-C stops it.

  dashboard  ${localUrl(settings.host, settings.dashboardPort)}
  API        ${api}   (documentation: ${api}/docs)
  workers    ${settings.workers}
  commands   ${commands}
  data       ${settings.redisUrl === undefined ? settings.dataFolder : 'in the Redis of REDIS_URL'}

Try it:

  curl -s ${api}/v1/jobs${key} -H 'content-type: application/json' \\
    -d '${job}'
`;
}
