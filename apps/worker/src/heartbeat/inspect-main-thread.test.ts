import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { WHOSE_CODE } from '../handlers/user/user-code.js';

const MODULE = new URL('inspect-main-thread.ts', import.meta.url).href;
/** Threads do not inherit it. */
const TSX = import.meta.resolve('tsx/esm/api');
/** A child that compiles what it imports takes seconds on a busy machine. */
const CHILD_MS = 60_000;

/** What is found in a process whose main thread runs this code for ever. */
async function found(code: string): Promise<{ attempt: string | null; at: string | null }> {
  const inspect = `
    import { writeSync } from 'node:fs';
    import { parentPort } from 'node:worker_threads';
    import { register } from ${JSON.stringify(TSX)};
    register();
    const { inspectMainThread } = await import(${JSON.stringify(MODULE)});
    parentPort.postMessage('loaded');
    writeSync(1, JSON.stringify(await inspectMainThread(30_000)));
    process.kill(process.pid, 'SIGKILL');`;
  const program = `
    import { Worker } from 'node:worker_threads';
    globalThis[Symbol.for(${JSON.stringify(WHOSE_CODE)})] = () => 'j1.1';
    const url = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(inspect)}));
    new Worker(url).once('message', () => { ${code} });`;
  const args = ['--input-type=module', '-e', program];
  const child = promisify(execFile)(process.execPath, args, { timeout: CHILD_MS, killSignal: 'SIGKILL' });
  const { stdout } = await child.catch((error: { stdout: string }) => error);
  return JSON.parse(stdout) as { attempt: string | null; at: string | null };
}

it(
  'finds whose code blocks the main thread',
  async () => {
    const { attempt, at } = await found('(function spin() { for (;;); })();');
    expect(attempt).toBe('j1.1');
    expect(at).toContain('spin');
  },
  CHILD_MS,
);

it(
  "finds it also where that code is in a function of Node's own",
  async () => {
    const getters = 'performance; '.repeat(200);
    const { attempt } = await found(`(function spin() { for (;;) { ${getters} } })();`);
    expect(attempt).toBe('j1.1');
  },
  CHILD_MS,
);
