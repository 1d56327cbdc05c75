import { aptInstall, hasApt } from '../lib/apt.mjs';
import { build } from '../lib/build.mjs';
import { installPackages } from '../lib/packages.mjs';
import { findProgram, ROOT, searchPath } from '../lib/paths.mjs';
import { obtainRedis } from '../lib/redis-program.mjs';
import { orRefuse } from '../lib/refusal.mjs';
import { runInherited } from '../lib/run.mjs';
import { step } from '../lib/steps.mjs';

/** Names of the browser for the browser tests; the same list as in testkit's findBrowser. */
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** `npm test`: from a bare checkout to vitest's summary. Passes its arguments to vitest and exits with vitest's code. */
export function main(args) {
  return orRefuse(async () => {
    await step('Packages', installPackages);
    await step('Build', build);
    await runTests(args);
  });
}

/** Obtains Redis and a browser, runs the tests, and ends this process with vitest's exit code. */
export async function runTests(args) {
  await step('Redis', obtainRedis);
  await step('Browser', obtainBrowser);
  process.exit(await runInherited('vitest', ['run', ...args], { cwd: ROOT, env: { PATH: searchPath() } }));
}

/** Never fails: without a browser the browser tests are skipped, and their names show it. */
async function obtainBrowser(note) {
  const found = () => BROWSERS.map((name) => findProgram(name)).find((program) => program !== undefined);
  if (found() === undefined && hasApt()) {
    note('apt-get install chromium');
    await aptInstall(['chromium']);
  }
  note(found() ?? 'none; the browser tests are skipped');
}
