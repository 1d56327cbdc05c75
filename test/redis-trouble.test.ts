import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterEach, describe, expect, it } from 'vitest';

let stack: Stack | undefined;
let folder: string | undefined;
afterEach(async () => {
  await stack?.stop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

describe('when Redis is killed with -9 and started again', () => {
  it('every acknowledged job is there and ends, and none that runs is handed on (F94)', async () => {
    const s = await startStack({ workers: 2 });
    stack = s;
    const long = await Promise.all(
      Array.from({ length: 3 }, () => s.run(['sleep', '5'], { label: 'long', attempts: 1 })),
    );
    for (const { id } of long) await s.waitJob(id, ({ state }) => state === 'running');
    const waiting = await Promise.all(Array.from({ length: 20 }, () => s.run(['true'], { delayMs: 1_500 })));
    await s.redis.kill9();
    const refused = await s.request('POST', '/v1/jobs', { kind: 'command', input: { argv: ['true'] } });
    expect(refused).toMatchObject({
      status: 503,
      body: { code: expect.stringMatching(/store_unavailable|outcome_unknown/) },
    });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await s.redis.restart();
    await waitUntil(async () => (await s.request('GET', '/readyz')).status === 200, {
      what: 'the API to be ready again',
    });
    for (const { id } of [...long, ...waiting]) expect((await s.waitFinal(id)).state).toBe('succeeded');
    for (const { id } of long) expect((await s.job(id)).attempts.map(({ outcome }) => outcome)).toEqual(['succeeded']);
  });
});

describe('while Redis is away', () => {
  it('no request hangs, and each says so within seconds (F19)', async () => {
    const s = await startStack({ workers: 0 });
    stack = s;
    s.redis.freeze();
    try {
      const calls = [
        s.request('POST', '/v1/jobs', { kind: 'command', input: { argv: ['true'] } }),
        s.request('GET', '/v1/jobs'),
        s.request('GET', '/v1/jobs/j0123456789?wait=20'),
        s.request('GET', '/v1/workers'),
        s.request('GET', '/readyz'),
      ];
      for (const { status } of await Promise.all(calls)) expect(status).toBe(503);
      expect((await s.request('GET', '/healthz')).status).toBe(200);
    } finally {
      s.redis.thaw();
    }
    await waitUntil(async () => (await s.request('GET', '/readyz')).status === 200, {
      what: 'the API to be ready again',
    });
  });
});

describe('a worker that is told to stop while Redis is away', () => {
  it('stops all the same, and says that it went well', async () => {
    const s = await startStack({ workers: 1 });
    stack = s;
    await s.redis.kill9();
    expect(await s.workers[0]?.term()).toEqual({ code: 0, signal: null });
  });
});

describe('when the history of a class is broken', () => {
  it('its jobs run under static limits, and its history heals (F19, F20)', async () => {
    const s = await startStack({ workers: 1 });
    stack = s;
    const redis = new Redis({ path: s.redis.socketPath });
    await redis.set('{leeway}:ring:total/default/command/true', 'not a list');
    const first = await s.waitFinal((await s.run(['true'])).id);
    expect(first).toMatchObject({ state: 'succeeded', decision: { basis: 'static', deadlineMs: 600_000 } });
    const second = await s.waitFinal((await s.run(['true'])).id);
    expect(second).toMatchObject({ state: 'succeeded' });
    expect(await redis.llen('{leeway}:ring:total/default/command/true')).toBeGreaterThan(0);
    redis.disconnect();
  });
});

describe('when Redis comes back without anything in it', () => {
  it('running workers make their kinds known again, and work goes on (F94)', async () => {
    folder = mkdtempSync(join(tmpdir(), 'leeway-empty-'));
    const handlers = join(folder, 'handlers.mjs');
    writeFileSync(handlers, 'export const handlers = { greet: ({ name }) => `hello ${name}` };');
    const s = await startStack({ workers: 1, env: { LEEWAY_HANDLERS: handlers } });
    stack = s;
    const redis = new Redis({ path: s.redis.socketPath });
    const greet = { kind: 'greet', input: { name: 'Ada' }, attempts: 1 };
    expect((await s.waitFinal((await s.submit(greet)).id)).state).toBe('succeeded');
    await redis.flushall();
    // The API remembers kinds for a while; this is what it reads them from.
    const known = async () => (await redis.zscore('{leeway}:kinds', 'greet')) !== null;
    await waitUntil(known, { what: 'the kind to be known again' });
    redis.disconnect();
    const { id } = await s.submit(greet);
    expect((await s.waitFinal(id)).state).toBe('succeeded');
  });
});

describe('when the memory of Redis is full', () => {
  it('submissions are refused with 503, and what ran ends when there is room again', async () => {
    const s = await startStack({ workers: 1 });
    stack = s;
    const redis = new Redis({ path: s.redis.socketPath });
    const job = await s.run(['sleep', '1'], { attempts: 1 });
    await s.waitJob(job.id, ({ state }) => state === 'running');
    await redis.config('SET', 'maxmemory', '1mb');
    const refused = await s.request('POST', '/v1/jobs', { kind: 'command', input: { argv: ['true'] } });
    expect(refused).toMatchObject({ status: 503, body: { code: 'store_unavailable' } });
    expect((await s.request('GET', '/readyz')).status).toBe(503);
    await s.workers[0]?.waitForLine('"event":"settle_refused"');
    await redis.config('SET', 'maxmemory', '0');
    expect((await s.request('GET', '/readyz')).status).toBe(200);
    const ended = await s.waitFinal(job.id);
    expect(ended.attempts.map(({ outcome }) => outcome)).toEqual(['succeeded']);
    redis.disconnect();
  });
});
