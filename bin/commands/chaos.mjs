import { build } from '../lib/build.mjs';
import { installPackages } from '../lib/packages.mjs';
import { ROOT, searchPath } from '../lib/paths.mjs';
import { obtainRedis } from '../lib/redis-program.mjs';
import { orRefuse } from '../lib/refusal.mjs';
import { runInherited } from '../lib/run.mjs';
import { step } from '../lib/steps.mjs';

/**
 * `npm run test:chaos -- --seed N --seconds S`: from a bare checkout to the result of the chaos test, with its exit code.
 * `-- measure recovery` prints figures instead of checks.
 */
export function main([first, ...rest]) {
  const [main, args] = first === 'measure' ? ['measure/main.ts', rest] : ['main.ts', [first, ...rest].filter(Boolean)];
  return orRefuse(async () => {
    await step('Packages', installPackages);
    await step('Build', build);
    await step('Redis', obtainRedis);
    const program = ['--conditions=leeway-source', '--import', 'tsx', `test/chaos/${main}`, ...args];
    process.exit(await runInherited(process.execPath, program, { cwd: ROOT, env: { PATH: searchPath() } }));
  });
}
