import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { heldCommand, startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const TRUE = { kind: 'command', input: { argv: ['true'] } };

let folder: string;
let stack: Stack;
let redis: Redis;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-redis-trouble-'));
  const handlers = join(folder, 'handlers.mjs');
  writeFileSync(handlers, 'export const handlers = { greet: ({ name }) => `hello ${name}` };');
  stack = await startStack({ workers: 2, env: { LEEWAY_HANDLERS: handlers } });
  redis = new Redis({ path: stack.redis.socketPath });
  redis.on('error', () => {});
});
afterAll(async () => {
  redis?.disconnect();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const untilReady = () =>
  waitUntil(async () => (await stack.request('GET', '/readyz')).status === 200, {
    what: 'the API to be ready again',
  });

describe('a class whose history cannot be read', () => {
  it('runs its jobs under the static limits, until its history is replaced (F19, F20)', async () => {
    await redis.set('{leeway}:ring:total/default/command/true', 'not a list');
    const first = await stack.waitFinal((await stack.run(['true'])).id);
    expect(first).toMatchObject({ state: 'succeeded', decision: { basis: 'static', deadlineMs: 600_000 } });
    const second = await stack.waitFinal((await stack.run(['true'])).id);
    expect(second).toMatchObject({ state: 'succeeded' });
    expect(await redis.llen('{leeway}:ring:total/default/command/true')).toBeGreaterThan(0);
  });
});

describe('a Redis that has lost everything', () => {
  it('gets the kinds of the running workers again, and runs new jobs (F94)', async () => {
    const greet = { kind: 'greet', input: { name: 'Ada' }, attempts: 1 };
    expect((await stack.waitFinal((await stack.submit(greet)).id)).state).toBe('succeeded');
    await redis.flushall();
    // The API keeps the kinds that it has read for a while; this is where it reads them.
    const known = async () => (await redis.zscore('{leeway}:kinds', 'greet')) !== null;
    await waitUntil(known, { what: 'the kind to be known again' });
    const { id } = await stack.submit(greet);
    expect((await stack.waitFinal(id)).state).toBe('succeeded');
  });
});

describe('a Redis whose memory is full', () => {
  it('makes submissions answer 503, and running jobs end when there is room again', async () => {
    const held = heldCommand(folder);
    const job = await stack.run(held.argv, { attempts: 1 });
    await stack.waitJob(job.id, ({ state }) => state === 'running');
    await redis.config('SET', 'maxmemory', '1mb');
    held.release();
    const refused = await stack.request('POST', '/v1/jobs', TRUE);
    expect(refused).toMatchObject({ status: 503, body: { code: 'store_unavailable' } });
    expect((await stack.request('GET', '/readyz')).status).toBe(503);
    const isRefused = () => stack.workers.some(({ lines }) => lines.some((line) => line.includes('settle_refused')));
    await waitUntil(isRefused, { what: 'a worker to log that its result was refused' });
    await redis.config('SET', 'maxmemory', '0');
    expect((await stack.request('GET', '/readyz')).status).toBe(200);
    const ended = await stack.waitFinal(job.id);
    expect(ended.attempts.map(({ outcome }) => outcome)).toEqual(['succeeded']);
  });
});

describe('a Redis that does not answer', () => {
  it('makes every request answer 503 within seconds, and leaves none waiting (F19)', async () => {
    stack.redis.freeze();
    try {
      const calls = [
        stack.request('POST', '/v1/jobs', TRUE),
        stack.request('GET', '/v1/jobs'),
        stack.request('GET', '/v1/jobs/j0123456789?wait=20'),
        stack.request('GET', '/v1/workers'),
        stack.request('GET', '/readyz'),
      ];
      for (const { status } of await Promise.all(calls)) expect(status).toBe(503);
      expect((await stack.request('GET', '/healthz')).status).toBe(200);
    } finally {
      stack.redis.thaw();
    }
    await untilReady();
  });
});

describe('a Redis that is killed with -9 and started again', () => {
  it('has every acknowledged job, which ends, and no running job is taken from its worker (F94)', async () => {
    const held = heldCommand(folder);
    const long = await Promise.all(
      Array.from({ length: 3 }, () => stack.run(held.argv, { label: 'long', attempts: 1 })),
    );
    for (const { id } of long) await stack.waitJob(id, ({ state }) => state === 'running');
    const waiting = await Promise.all(Array.from({ length: 20 }, () => stack.run(['true'], { delayMs: 1_500 })));
    await stack.redis.kill9();
    const refused = await stack.request('POST', '/v1/jobs', TRUE);
    expect(refused).toMatchObject({
      status: 503,
      body: { code: expect.stringMatching(/store_unavailable|outcome_unknown/) },
    });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await stack.redis.restart();
    await untilReady();
    for (const { id } of waiting) expect((await stack.waitFinal(id)).state).toBe('succeeded');
    held.release();
    for (const { id } of long) expect((await stack.waitFinal(id)).state).toBe('succeeded');
    for (const { id } of long)
      expect((await stack.job(id)).attempts.map(({ outcome }) => outcome)).toEqual(['succeeded']);
  });
});

describe('a worker that receives SIGTERM while Redis is away', () => {
  it('stops all the same, and exits with 0', async () => {
    await stack.redis.kill9();
    expect(await stack.workers[0]?.term()).toEqual({ code: 0, signal: null });
  });
});
