import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from '../lib/build.mjs';
import { lockData } from '../lib/data-lock.mjs';
import { installPackages } from '../lib/packages.mjs';
import { findProgram, ROOT } from '../lib/paths.mjs';
import { checkPorts } from '../lib/ports.mjs';
import { obtainRedis } from '../lib/redis-program.mjs';
import { orRefuse } from '../lib/refusal.mjs';
import { readSettings } from '../lib/settings.mjs';
import { step } from '../lib/steps.mjs';

const STACK = join(ROOT, 'apps', 'stack', 'dist', 'main.js');

/** `npm start`: from a bare checkout to a running stack, until Ctrl-C. */
export function main() {
  return orRefuse(async () => {
    const settings = readSettings();
    const isPrivate = settings.redisUrl === undefined;
    // Before the ports: of two starts in one checkout, the refusal of the folder is the clearer one.
    const dataLock = isPrivate ? await step('Data folder', (note) => lockFolder(settings, note)) : undefined;
    process.once('exit', () => dataLock?.release());
    await checkPorts(settings.host, [
      { port: settings.apiPort, variable: 'PORT' },
      { port: settings.dashboardPort, variable: 'DASHBOARD_PORT' },
    ]);
    await step('Packages', installPackages);
    const redisCommand = isPrivate ? endingWithParent(await step('Redis', obtainRedis)) : undefined;
    await step('Build', build);
    const stack = await import(pathToFileURL(STACK).href);
    await stack.main({ settings, redisCommand, dataLock, step });
  });
}

async function lockFolder({ dataFolder }, note) {
  const lock = await lockData(dataFolder, note);
  note(dataFolder);
  return lock;
}

/**
 * On Linux the kernel kills Redis together with this process. The guard of the stack would do so too, but is itself killed
 * when somebody kills every process of Node.
 */
function endingWithParent(program) {
  const setpriv = findProgram('setpriv');
  return setpriv === undefined ? [program] : [setpriv, '--pdeathsig', 'KILL', program];
}
