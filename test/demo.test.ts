import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LeewayClient } from '@leeway/client';
import { isFinal } from '@leeway/contract';
import { aliveWithMarker, spawnNode, startStack } from '@leeway/testkit';
import { afterEach, expect, test } from 'vitest';

const COMMAND = fileURLToPath(new URL('../bin/run.mjs', import.meta.url));
const PROGRAM = fileURLToPath(new URL('../examples/demo/dist/main.js', import.meta.url));

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

/** A folder whose path every process of the demo has in its environment, commands included. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-demo-test-'));
  cleanUps.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('npm run demo keeps every promise on a stack of its own and leaves no process', async () => {
  const folder = temporaryFolder();
  const demo = spawnNode([COMMAND, 'demo', '--own'], { env: { TMPDIR: folder } });
  cleanUps.push(() => demo.end());
  const { code } = await demo.ended;
  const text = demo.lines.join('\n');
  expect(text).toContain('deadlines became tighter class by class');
  expect(text, text).not.toContain('✗');
  expect(code, text).toBe(0);
  expect(text).toMatch(/quick: deadline 10 min -> /);
  expect(text).toMatch(/the hung task ended with the cause deadline/);
  expect(text).toMatch(/killed with -9 while it ran \d+ tasks/);
  // Outside a terminal: a log from top to bottom, without control sequences.
  expect(text).not.toContain('\u001b');
  expect(aliveWithMarker(folder)).toEqual([]);
});

test('the demo uses the stack that runs, spares its workers, and cancels its jobs when it is interrupted', async () => {
  const stack = await startStack({ workers: 2, policy: { supervision: { graceMs: 300 } } });
  cleanUps.push(() => stack.stop());
  const demo = spawnNode([PROGRAM], { env: { LEEWAY_URL: stack.api } });
  cleanUps.push(() => demo.end());
  await demo.waitForLine(`Using the stack that runs at ${stack.api}`);
  await demo.waitForLine('report: starts with a deadline of');
  // Ctrl-C reaches the whole group of a terminal; here there is none, and the process alone gets the signal.
  process.kill(demo.pid, 'SIGINT');
  expect((await demo.ended).code).toBe(130);
  const client = new LeewayClient({ url: stack.api });
  const open: string[] = [];
  for await (const job of client.list()) if (!isFinal(job.state)) open.push(`${job.id} ${job.state}`);
  expect(open).toEqual([]);
  expect(stack.workers.map((worker) => worker.isRunning())).toEqual([true, true]);
});
