import { expect, test } from 'vitest';
import { scriptedCli } from '../../../testing/scripted-cli.js';
import { json } from '../../../testing/scripted-server.js';

const cli = scriptedCli();

test('leeway workers shows each worker in one line', async () => {
  const facts = { host: 'h', pid: 7, state: 'active', running: 2, concurrency: 8, kinds: ['command', 'chat'] };
  const worker = { id: 'w1', ...facts, lastSeenAt: '2026-11-21T10:09:08.514Z' };
  const run = await cli.run(['workers'], json({ workers: [worker] }));
  expect(run.out.split('\n')[1]).toMatch(/^w1 +h +7 +active +2 of 8 +command, chat +10:09:08Z$/);
});

test('leeway providers shows which providers take calls, until when others do not, and why (F145)', async () => {
  const calls = { answered: 7, failed: 1, rateLimited: 0, usageLimited: 1 };
  const state = { state: 'parked', until: '2026-11-21T10:09:08.514Z', reason: 'it answered 429' };
  const run = await cli.run(['providers'], json({ providers: [{ name: 'openai', ...state, waiting: 3, calls }] }));
  expect(run.out.split('\n')[1]).toMatch(/^openai +parked +2026-11-21T10:09:08Z +3 +7 +1 +it answered 429$/);
});

test.each([
  ['resumed', 'resumed'],
  ['already', 'unchanged: it took calls already'],
])('leeway providers --resume prints what was done: %s (F145)', async (done, text) => {
  const run = await cli.run(['providers', '--resume', 'a/b'], json({ done, provider: { name: 'a/b' } }));
  expect([run.out, cli.seen[0]!.url]).toEqual([`a/b  ${text}\n`, '/v1/providers/a%2Fb/resume']);
});
