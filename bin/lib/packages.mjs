import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.mjs';
import { Refusal } from './refusal.mjs';
import { run } from './run.mjs';

const NETWORK_TROUBLE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|ENETUNREACH|dns error|error sending request/i;
const SHOWN_LINES = 15;

/** Installs the packages of the lockfile, unless exactly these are installed. */
export async function installPackages(note) {
  if (areInstalled()) return note('up to date');
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  note(`${packageManager} install`);
  // CI=1: pnpm asks no questions and does not write its settings file.
  const { code, output } = await run('npx', ['--yes', packageManager, 'install', '--frozen-lockfile'], {
    cwd: ROOT,
    env: { CI: '1' },
  });
  if (code !== 0) throw new Refusal(explain(output));
  note('installed');
}

/** pnpm writes a copy of the installed lockfile as its last step. */
function areInstalled() {
  try {
    const installed = readFileSync(join(ROOT, 'node_modules', '.pnpm', 'lock.yaml'));
    return installed.equals(readFileSync(join(ROOT, 'pnpm-lock.yaml')));
  } catch {
    return false;
  }
}

function explain(output) {
  const tail = output.split('\n').slice(-SHOWN_LINES).join('\n');
  if (!NETWORK_TROUBLE.test(output)) return `The packages could not be installed:\n${tail}`;
  return [
    'The packages could not be installed because the package registry cannot be reached:',
    tail,
    '',
    'Check the network, the proxy (HTTPS_PROXY) and the address of the registry: npm config get registry',
  ].join('\n');
}
