import { readFileSync } from 'node:fs';
import type { JobId } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Providers } from './providers.js';
import { someSettlement, startQueueBench, type QueueBench } from '../../testing/queue-bench.js';

const baseUrl = 'http://127.0.0.1:1/v1';
const LONG_MS = 60_000;
const SOON_MS = 30;

let bench: QueueBench;
/** Two workers on the same Redis. */
let here: Providers;
let there: Providers;
beforeAll(async () => {
  const circuit = { breakerFailures: 3 };
  bench = await startQueueBench({
    policy: {
      providers: {
        slow: { baseUrl, ...circuit, breakerOpenMs: LONG_MS, usageLimitMs: LONG_MS },
        quick: { baseUrl, ...circuit, breakerOpenMs: SOON_MS, usageLimitMs: 100 },
        never: { baseUrl, breakerFailures: 0 },
        forgetful: { baseUrl, ...circuit },
        plain: { baseUrl },
        'odd name/*': { baseUrl, ...circuit },
      },
    },
  });
  here = bench.store.providers;
  there = bench.another('w2').providers;
});
beforeEach(() => bench.raw.flushall());
afterAll(() => bench.stop());

const job = (n: number) => `j${n}` as JobId;
const until = (name: string, state: string) =>
  waitUntil(async () => (await here.read(name)).state === state, { what: `${name} to be ${state}` });

async function open(name: string): Promise<void> {
  for (let n = 0; n < 3; n += 1) await here.failed(name, job(n), 'answered 500');
}

async function halfOpen(): Promise<void> {
  await open('quick');
  await until('quick', 'half_open');
}

describe('the circuit breaker of a provider (F147)', () => {
  it('opens for all workers when enough of the newest calls of any of them failed', async () => {
    await here.failed('slow', job(1), 'answered 500');
    await there.failed('slow', job(2), 'answered 500');
    expect(await there.read('slow')).toMatchObject({ state: 'closed', untilMs: null, reason: '' });
    expect(await there.admit('slow', job(3))).toBe('go');
    const opened = await here.failed('slow', job(3), 'answered 502');
    expect(opened).toMatchObject({ state: 'open', reason: 'answered 502', changed: true });
    expect((opened.untilMs ?? 0) - (opened.sinceMs ?? 0)).toBe(LONG_MS);
    expect(await there.read('slow')).toEqual({ ...opened, changed: false, waitMs: expect.any(Number) });
    expect(await there.admit('slow', job(4))).toBe('wait');
  });

  it('stays closed while most calls are answered, whatever the number of failures', async () => {
    for (let n = 0; n < 12; n += 1) {
      await here.failed('slow', job(n), 'answered 500');
      await here.answered('slow', job(n), { complete: true });
      await there.answered('slow', job(n), { complete: true });
    }
    expect((await here.read('slow')).state).toBe('closed');
  });

  it('does not count failures that are older than its window', async () => {
    for (const n of [1, 2]) await here.failed('forgetful', job(n), 'answered 500');
    // As if both had ended long ago.
    for (const n of [0, 1]) await bench.raw.lset('{leeway}:provider:forgetful:calls', n, '1:0');
    expect((await here.failed('forgetful', job(3), 'answered 500')).state).toBe('closed');
  });

  it('never opens where breakerFailures is 0', async () => {
    for (let n = 0; n < 20; n += 1) expect((await here.failed('never', job(n), 'answered 500')).state).toBe('closed');
  });

  it('is not changed by calls that were under way when it opened', async () => {
    await open('slow');
    const before = { ...(await here.read('slow')), waitMs: expect.any(Number) as number };
    expect(await there.failed('slow', job(9), 'answered 500')).toEqual(before);
    expect(await there.answered('slow', job(8), { complete: true })).toEqual(before);
  });

  it('admits one probe when its time is over, and closes when that is answered', async () => {
    await halfOpen();
    expect(await here.admit('quick', job(1))).toBe('probe');
    expect(await there.admit('quick', job(2))).toBe('wait');
    expect(await here.read('quick')).toMatchObject({ state: 'half_open', untilMs: null, probing: true });
    expect(await here.answered('quick', job(1), { complete: false })).toMatchObject({ state: 'closed', changed: true });
    expect(await there.admit('quick', job(2))).toBe('go');
    // Failures from before do not count any more.
    expect((await here.failed('quick', job(3), 'answered 500')).state).toBe('closed');
  });

  it('admits one of two jobs as the probe when both ask at the same time', async () => {
    await halfOpen();
    const admissions = await Promise.all([here.admit('quick', job(1)), there.admit('quick', job(2))]);
    expect(admissions.toSorted()).toEqual(['probe', 'wait']);
  });

  it('stays open twice as long after each probe that fails, up to a maximum', async () => {
    const pauses: number[] = [];
    for (let n = 0; n < 4; n += 1) {
      if (n === 0) await open('slow');
      else {
        // As if the pause were over.
        await bench.raw.hset('{leeway}:provider:slow', 'until', 1);
        await here.admit('slow', job(n));
        await here.failed('slow', job(n), 'answered 500');
      }
      const { untilMs, sinceMs } = await here.read('slow');
      pauses.push((untilMs ?? 0) - (sinceMs ?? 0));
    }
    expect(pauses).toEqual([LONG_MS, 2 * LONG_MS, 4 * LONG_MS, 5 * LONG_MS]);
  });

  it('closes when the job whose call opened it gets an answer of another model', async () => {
    await open('slow');
    expect((await there.answered('slow', job(1), { complete: true })).state).toBe('open');
    expect(await here.answered('slow', job(2), { complete: true })).toMatchObject({ state: 'closed', changed: true });
  });

  it('starts over with the first pause only after a complete answer', async () => {
    const opens = () => bench.raw.hget('{leeway}:provider:quick', 'opens');
    await halfOpen();
    await here.admit('quick', job(1));
    await here.answered('quick', job(1), { complete: false });
    expect(await opens()).toBe('1');
    await here.answered('quick', job(1), { complete: true });
    expect(await opens()).toBeNull();
  });

  it('admits another probe when the first one ended without an answer, or never ended', async () => {
    await halfOpen();
    await here.admit('quick', job(1));
    await there.release('quick', job(2));
    expect(await there.admit('quick', job(2))).toBe('wait');
    await here.release('quick', job(1));
    expect(await there.admit('quick', job(2))).toBe('probe');
    await bench.raw.hset('{leeway}:provider:quick', 'probeUntil', 1);
    expect(await here.admit('quick', job(3))).toBe('probe');
  });
});

describe('a rate-limited provider (F145)', () => {
  it('gets no calls for as long as it asked, and all of them afterwards', async () => {
    expect(await here.rateLimited('slow', job(1), { waitMs: 80, reason: 'answered 429' })).toMatchObject({
      state: 'held',
      reason: 'answered 429',
      changed: true,
    });
    expect(await there.admit('slow', job(2))).toBe('wait');
    await until('slow', 'closed');
    expect(await there.admit('slow', job(2))).toBe('go');
    expect(await there.admit('slow', job(3))).toBe('go');
  });

  it('is held for the longest of the waits that it asked for', async () => {
    const first = await here.rateLimited('slow', job(1), { waitMs: LONG_MS, reason: 'a' });
    expect((await there.rateLimited('slow', job(2), { waitMs: 10, reason: 'b' })).untilMs).toBe(first.untilMs);
    const { untilMs } = await there.rateLimited('slow', job(2), { waitMs: 2 * LONG_MS, reason: 'c' });
    expect(untilMs).toBeGreaterThanOrEqual((first.untilMs ?? 0) + LONG_MS);
  });

  it('is not held without a time; a probe that it answers with that closes the circuit', async () => {
    expect((await here.rateLimited('slow', job(1), { reason: 'answered 429' })).state).toBe('closed');
    await halfOpen();
    await here.admit('quick', job(1));
    expect((await here.rateLimited('quick', job(1), { reason: 'answered 429' })).state).toBe('closed');
  });
});

describe('a provider whose quota is exhausted (F145)', () => {
  it('is parked until its reset; then one job is the probe', async () => {
    const { untilMs, sinceMs, state } = await here.quotaExhausted('quick', job(1), { waitMs: 200, reason: 'no quota' });
    expect([state, (untilMs ?? 0) - (sinceMs ?? 0)]).toEqual(['parked', 200]);
    expect(await there.admit('quick', job(2))).toBe('wait');
    await until('quick', 'half_open');
    expect(await there.admit('quick', job(2))).toBe('probe');
    expect(await there.admit('quick', job(3))).toBe('wait');
    expect((await there.answered('quick', job(2), { complete: true })).state).toBe('closed');
  });

  it('is parked for longer each time it gives no time of its reset', async () => {
    const pause = async (n: number) => {
      const { untilMs, sinceMs } = await here.quotaExhausted('slow', job(n), { reason: 'no quota' });
      return (untilMs ?? 0) - (sinceMs ?? 0);
    };
    expect(await pause(1)).toBe(LONG_MS);
    // A call that was under way gets the same answer.
    expect(await pause(2)).toBe(LONG_MS);
    await bench.raw.hset('{leeway}:provider:slow', 'until', 1);
    await here.admit('slow', job(3));
    expect(await pause(3)).toBe(2 * LONG_MS);
  });

  it('is parked for the time that it gives, up to the maximum of the policy', async () => {
    await here.quotaExhausted('slow', job(1), { reason: 'no quota' });
    const known = await there.quotaExhausted('slow', job(2), { waitMs: 1_000, reason: 'no quota' });
    expect((known.untilMs ?? 0) - (known.sinceMs ?? 0)).toBeLessThan(LONG_MS / 2);
    const most = await there.quotaExhausted('slow', job(2), { waitMs: 1e12, reason: 'no quota' });
    expect((most.untilMs ?? 0) - (most.sinceMs ?? 0)).toBeLessThan(2 * 86_400_000);
  });

  it('gets calls again at once when an operator resumes it', async () => {
    await here.quotaExhausted('slow', job(1), { waitMs: LONG_MS, reason: 'no quota' });
    expect(await there.resume('slow')).toBe('resumed');
    expect(await there.resume('slow')).toBe('already');
    expect(await here.admit('slow', job(2))).toBe('go');
    expect(await here.admit('slow', job(3))).toBe('go');
  });
});

it('a provider may have any name, and one that is not in the policy is refused', async () => {
  await here.rateLimited('odd name/*', job(1), { waitMs: LONG_MS, reason: 'answered 429' });
  expect((await there.read('odd name/*')).state).toBe('held');
  await expect(here.failed('constructor', job(1), 'x')).rejects.toThrow('No provider "constructor"');
});

describe('a deferred job (F145)', () => {
  const deferral = (counts: boolean) =>
    someSettlement({ outcome: 'deferred', cause: 'usage_limit', next: { step: 'deferred', counts } });

  it('waits again with all its attempts, and its deferrals that count are counted', async () => {
    const { id } = await bench.submit({ attempts: 1 });
    for (const [n, counts] of [true, false, true].entries()) {
      const taken = await bench.claim();
      expect(taken.attempt.record.text('deferrals') ?? '0').toBe(String(Math.ceil(n / 2)));
      const reply = await bench.store.attempts.settle(taken.attempt, deferral(counts));
      expect(reply).toMatchObject({ status: 'applied', state: 'queued' });
      await bench.store.outbox.apply(taken.job, taken.token, { action: 'delay', delayMs: 0 });
    }
    const { attempt, job, token } = await bench.claim();
    expect([attempt.number, attempt.record.tried]).toEqual([4, 0]);
    await bench.store.attempts.settle(attempt, someSettlement());
    await bench.store.outbox.apply(job, token, { action: 'complete' });
    const events: string[] = [];
    for await (const { type } of bench.queue.events(id as JobId, { signal: new AbortController().signal }))
      events.push(type);
    expect(events.filter((type) => type === 'deferred')).toHaveLength(3);
    expect(events).not.toContain('released');
  });

  it('ends if it was cancelled meanwhile', async () => {
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    await bench.queue.controls.cancel(id as JobId, 'enough');
    expect(await bench.store.attempts.settle(attempt, deferral(true))).toMatchObject({ state: 'cancelled' });
  });
});

it('docs/fallbacks.md lists the pauses between probes that keep failing, with the default settings (F147)', async () => {
  const pauses: number[] = [];
  const page = readFileSync(new URL('../../../../docs/fallbacks.md', import.meta.url), 'utf8');
  const listed = /come after\n\n {4}([\d ]+)\n/.exec(page)?.[1];
  await here.answered('plain', job(0), { complete: true });
  for (let n = 0; n < 5; n += 1) await here.failed('plain', job(n), 'answered 500');
  for (let n = 0; n < 8; n += 1) {
    const { untilMs, sinceMs } = await here.read('plain');
    pauses.push(((untilMs ?? 0) - (sinceMs ?? 0)) / 1_000);
    await bench.raw.hset('{leeway}:provider:plain', 'until', 1);
    await here.admit('plain', job(n));
    await here.failed('plain', job(n), 'answered 500');
  }
  expect(pauses.join(' ')).toBe(listed);
});
