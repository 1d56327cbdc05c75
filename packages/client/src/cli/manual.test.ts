import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runCli } from '../../testing/run-cli.js';
import { EXIT } from './exit-code.js';

const manual = readFileSync(new URL('../../../../docs/cli.md', import.meta.url), 'utf8');

async function help(...args: string[]): Promise<string> {
  return (await runCli([...args, '--help'])).out;
}

const commands = [...(await help()).matchAll(/^ {2}([a-z]+) (?:\[|<)/gm)]
  .map(([, name]) => name as string)
  .filter((name) => name !== 'help');

test('docs/cli.md names every command, and no other', () => {
  const named = [...manual.matchAll(/^\| .*/gm)].flatMap(([row]) =>
    [...row.matchAll(/`leeway ([a-z]+) ?[^`]*`/g)].map(([, name]) => name),
  );
  expect(new Set(named)).toEqual(new Set(commands));
});

test.each(commands)('docs/cli.md names every option of leeway %s', async (command) => {
  const options = [...(await help(command)).matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, name]) => name as string);
  expect(options.filter((name) => name !== '--help' && !manual.includes(name))).toEqual([]);
});

test('docs/cli.md names every exit code', () => {
  for (const code of Object.values(EXIT)) expect(manual).toMatch(new RegExp(`^\\| ${code} \\|`, 'm'));
});
