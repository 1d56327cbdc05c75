import { aptInstall, hasApt } from './apt.mjs';
import { build } from './build.mjs';
import { installPackages } from './packages.mjs';
import { findProgram, ROOT, searchPath } from './paths.mjs';
import { obtainRedis } from './redis-program.mjs';
import { orRefuse } from './refusal.mjs';
import { runInherited } from './run.mjs';
import { step } from './steps.mjs';

/** Names under which the browser of the browser tests is looked for; testkit's findBrowser has the same list. */
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** `npm test`: from a bare checkout to vitest's summary. Arguments go to vitest; its exit code is ours. */
export function test(args) {
  return orRefuse(async () => {
    await step('Packages', installPackages);
    await step('Build', build);
    await runTests(args);
  });
}

/** Gets what the tests need of the machine, runs them, and ends this process with vitest's exit code. */
export async function runTests(args) {
  await step('Redis', obtainRedis);
  await step('Browser', obtainBrowser);
  process.exit(await runInherited('vitest', ['run', ...args], { cwd: ROOT, env: { PATH: searchPath() } }));
}

/** Never fails: without a browser its tests are skipped and say so. */
async function obtainBrowser(note) {
  const found = () => BROWSERS.map((name) => findProgram(name)).find((program) => program !== undefined);
  if (found() !== undefined) return note(found());
  if (hasApt()) {
    note('apt-get install chromium');
    await aptInstall(['chromium']);
  }
  note(found() ?? 'none; the browser tests are skipped');
}
