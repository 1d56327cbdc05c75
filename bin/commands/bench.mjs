import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installPackages } from '../lib/packages.mjs';
import { ROOT, searchPath } from '../lib/paths.mjs';
import { orRefuse, Refusal } from '../lib/refusal.mjs';
import { runInherited } from '../lib/run.mjs';
import { step } from '../lib/steps.mjs';

const BENCH = join(ROOT, 'bench');

/** `npm run bench [name] [-- options]`: one benchmark, or all one after the other. Exits with the code of the first that fails. */
export function main([first, ...rest]) {
  return orRefuse(async () => {
    const all = benchmarks();
    const named = first !== undefined && !first.startsWith('-');
    if (named && !all.includes(first))
      throw new Refusal(`There is no benchmark "${first}". The benchmarks are: ${all.join(', ')}.`);
    await step('Packages', installPackages);
    const args = named ? rest : [first, ...rest].filter((arg) => arg !== undefined);
    for (const name of named ? [first] : all) {
      const program = ['--conditions=leeway-source', '--import', 'tsx', join('bench', name, 'main.ts'), ...args];
      const code = await runInherited(process.execPath, program, { cwd: ROOT, env: { PATH: searchPath() } });
      if (code !== 0) process.exit(code);
    }
  });
}

/** The folders in `bench` with a main.ts. */
function benchmarks() {
  return readdirSync(BENCH).filter((name) => existsSync(join(BENCH, name, 'main.ts')));
}
