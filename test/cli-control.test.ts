import { LeewayClient } from '@leeway/client';
import { startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { leeway } from './cli/leeway-process.js';

let stack: Stack;
let client: LeewayClient;
beforeAll(async () => {
  stack = await startStack({ policy: { supervision: { graceMs: 300 } } });
  client = new LeewayClient({ url: stack.api });
});
afterAll(() => stack?.stop());

test('a paused command stands still, goes on, and a failed one can be tried again (F86)', async () => {
  const code = 'let n = 0; setInterval(() => { console.log(n++); if (n === 15) process.exit(3) }, 100)';
  const { id } = await client.submit({ kind: 'command', input: { argv: ['node', '-e', code] }, attempts: 1 });
  await waitUntil(async () => (await client.output(id)).chunks.length > 0, { what: 'the job to print' });
  expect((await leeway(stack.api, ['pause', id])).out).toBe(`${id}  paused\n`);
  expect((await client.get(id)).state).toBe('paused');
  expect((await leeway(stack.api, ['resume', id])).out).toBe(`${id}  resumed\n`);
  expect(await client.waitFor(id)).toMatchObject({ state: 'failed', result: { exitCode: 3 } });
  expect((await leeway(stack.api, ['retry', id, '--attempts', '1'])).out).toBe(`${id}  has new attempts\n`);
  expect((await client.waitFor(id)).attempts).toHaveLength(2);
});
