import { fileURLToPath } from 'node:url';
import { startStack, type Stack, waitUntil } from '@leeway/testkit';
import { PREFIX } from '@leeway/queue';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';

/**
 * What one job costs Redis, from its submission in a batch to its end: counted, not timed, so that the machine has no influence.
 * The limits are what was counted when they were set and about a tenth more; whoever makes a job cheaper lowers them.
 */
const LIMITS = {
  /** Commands that Redis runs, those inside scripts included. */
  commands: 130,
  /** Calls of scripts: one that goes together with others counts as a part. */
  scripts: 4,
  /** What Redis receives and sends. */
  bytesIn: 6_200,
  bytesOut: 7_400,
};
const JOBS = 500;
const BATCH = 100;

let stack: Stack;
let redis: Redis;
beforeAll(async () => {
  stack = await startStack({
    policy: { worker: { concurrency: 50 } },
    env: { LEEWAY_HANDLERS: fileURLToPath(new URL('cost/handlers.mjs', import.meta.url)) },
  });
  redis = new Redis({ path: stack.redis.socketPath });
});
afterAll(async () => {
  redis.disconnect();
  await stack.stop();
});

it('a job costs Redis no more commands, script calls and bytes than it did when its budget was set', async () => {
  await run(BATCH);
  const before = await readCosts();
  await run(JOBS);
  const after = await readCosts();
  const costs = Object.fromEntries(
    Object.entries(after).map(([name, count]) => [name, (count - before[name as keyof typeof before]) / JOBS]),
  );
  for (const [name, limit] of Object.entries(LIMITS)) expect(costs[name], name).toBeLessThan(limit);
  // Far below its budget it would notice nothing: then the budget is to be lowered.
  expect(costs['commands']).toBeGreaterThan(LIMITS.commands / 2);
});

async function run(jobs: number): Promise<void> {
  const body = { jobs: Array.from({ length: BATCH }, () => ({ kind: 'noop', input: { text: 'x'.repeat(300) } })) };
  for (let sent = 0; sent < jobs; sent += BATCH) await stack.request('POST', '/v1/jobs/batch', body);
  // Looked at in Redis itself, where a look is one command: what the API asks for would be counted as well.
  const open = () => redis.zcard(`${PREFIX}:by:*:queued`);
  const running = () => redis.zcard(`${PREFIX}:leases`);
  await waitUntil(async () => (await open()) + (await running()) === 0, { what: 'all jobs to end', timeoutMs: 60_000 });
}

async function readCosts() {
  const [stats, commands] = await Promise.all([redis.info('stats'), redis.info('commandstats')]);
  const number = (name: string) => Number(new RegExp(`${name}:(\\d+)`).exec(stats)?.[1]);
  const calls = [...commands.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)].map(([, name, count]) => ({
    name,
    count: Number(count),
  }));
  const sum = (wanted: (name: string) => boolean) =>
    calls.reduce((total, { name = '', count }) => total + (wanted(name) ? count : 0), 0);
  return {
    commands: sum(() => true),
    scripts: sum((name) => name === 'fcall' || name === 'evalsha'),
    bytesIn: number('total_net_input_bytes'),
    bytesOut: number('total_net_output_bytes'),
  };
}
