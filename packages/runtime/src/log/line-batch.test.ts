import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LineBatch } from './line-batch.js';

/** A child that compiles what it imports takes seconds on a busy machine. */
const CHILD_MS = 60_000;

let folder: string;
let fd: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'line-batch-'));
  fd = openSync(join(folder, 'log'), 'a');
});
afterEach(() => {
  closeSync(fd);
  rmSync(folder, { recursive: true });
});
const messages = () =>
  readFileSync(join(folder, 'log'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { msg: string }).msg);

it('writes the lines of one turn of the event loop together at its end, in their order', async () => {
  const log = pino({}, new LineBatch(fd));
  log.info('one');
  log.child({ a: 1 }).info('two');
  expect(messages()).toEqual([]);
  await setImmediate();
  expect(messages()).toEqual(['one', 'two']);
});

it('writes a warning at once, with the lines before it', () => {
  const log = pino({}, new LineBatch(fd));
  log.info('before');
  log.warn('now');
  expect(messages()).toEqual(['before', 'now']);
});

it('lets no more than a few lines wait', () => {
  const log = pino({}, new LineBatch(fd));
  for (let i = 0; i < 100; i += 1) log.info('x'.repeat(1_000));
  expect(messages().length).toBeGreaterThan(50);
});

for (const end of ['process.exit(0)', 'throw new Error("uncaught")'])
  it(
    `loses no line when the process ends with ${end}`,
    async () => {
      const code = `
      import { createLog } from ${JSON.stringify(new URL('log.ts', import.meta.url).href)};
      const log = createLog({ process: 'worker', level: 'info' });
      for (let i = 0; i < 3; i += 1) log.info({ event: 'last' }, 'line ' + i);
      ${end};
    `;
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let text = '';
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      await once(child, 'close');
      expect(
        text
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as { msg: string }).msg),
      ).toEqual(['line 0', 'line 1', 'line 2']);
    },
    CHILD_MS,
  );
