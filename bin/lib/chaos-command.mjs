import { build } from './build.mjs';
import { installPackages } from './packages.mjs';
import { ROOT, searchPath } from './paths.mjs';
import { obtainRedis } from './redis-program.mjs';
import { orRefuse } from './refusal.mjs';
import { runInherited } from './run.mjs';
import { step } from './steps.mjs';

/**
 * `npm run test:chaos -- --seed N --seconds S`: from a bare checkout to the attack; its exit code is ours. With `measure`
 * in front (`-- measure recovery`) figures instead of checks.
 */
export function chaos([first, ...rest]) {
  const [main, args] = first === 'measure' ? ['measure/main.ts', rest] : ['main.ts', [first, ...rest].filter(Boolean)];
  return orRefuse(async () => {
    await step('Packages', installPackages);
    await step('Build', build);
    await step('Redis', obtainRedis);
    const program = ['--conditions=leeway-source', '--import', 'tsx', `test/chaos/${main}`, ...args];
    process.exit(await runInherited(process.execPath, program, { cwd: ROOT, env: { PATH: searchPath() } }));
  });
}
