import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages } from './packages.mjs';
import { ROOT, searchPath } from './paths.mjs';
import { orRefuse, Refusal } from './refusal.mjs';
import { runInherited } from './run.mjs';
import { step } from './steps.mjs';

const BENCH = join(ROOT, 'bench');

/** `npm run bench [name] [-- options]`: one benchmark, or all of them one after the other. Its exit code is ours. */
export function bench([first, ...rest]) {
  return orRefuse(async () => {
    const all = benchmarks();
    const named = first !== undefined && !first.startsWith('-');
    if (named && !all.includes(first))
      throw new Refusal(`There is no benchmark "${first}". There are: ${all.join(', ')}.`);
    await step('Packages', installPackages);
    const args = named ? rest : [first, ...rest].filter((arg) => arg !== undefined);
    for (const name of named ? [first] : all) {
      const program = ['--conditions=leeway-source', '--import', 'tsx', join('bench', name, 'main.ts'), ...args];
      const code = await runInherited(process.execPath, program, { cwd: ROOT, env: { PATH: searchPath() } });
      if (code !== 0) process.exit(code);
    }
  });
}

/** Folders of `bench` that have a main file. */
function benchmarks() {
  return readdirSync(BENCH).filter((name) => existsSync(join(BENCH, name, 'main.ts')));
}
