import { build } from '../lib/build.mjs';
import { installPackages } from '../lib/packages.mjs';
import { ROOT, searchPath } from '../lib/paths.mjs';
import { orRefuse, Refusal } from '../lib/refusal.mjs';
import { run } from '../lib/run.mjs';
import { findRuleBreaks } from '../lib/source-rules.mjs';
import { step } from '../lib/steps.mjs';
import { runTests } from './test.mjs';

const TURBO_ENV = { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };

/** The static checks, fastest first. */
const CHECKS = [
  { title: 'Format', command: ['oxfmt', '--check'] },
  { title: 'Lint', command: ['oxlint'] },
  { title: 'Package ladder', command: ['turbo', 'boundaries', '--no-update-notifier'] },
  { title: 'Source rules', work: checkSourceRules },
  { title: 'Types and build', work: build },
  { title: 'Types of tests', command: ['tsc', '-p', '.'] },
  { title: 'Unused code', command: ['knip', '--no-config-hints'] },
];

/** `npm run check`: all static checks, even when one fails, then the tests when all have passed. */
export function main() {
  return orRefuse(async () => {
    await step('Packages', installPackages);
    const failures = [];
    for (const { title, command, work = runTool(command) } of CHECKS) {
      await step(title, work).catch((error) => failures.push(`${title}:\n${error.message}`));
    }
    if (failures.length > 0) throw new Refusal(failures.join('\n\n'));
    await runTests([]);
  });
}

function runTool([program, ...args]) {
  return async () => {
    const { code, output } = await run(program, args, { cwd: ROOT, env: { ...TURBO_ENV, PATH: searchPath() } });
    if (code !== 0) throw new Refusal(output);
  };
}

async function checkSourceRules(note) {
  const { files, breaks } = findRuleBreaks(ROOT);
  note(`${files} files`);
  if (breaks.length > 0) throw new Refusal(breaks.join('\n'));
}
