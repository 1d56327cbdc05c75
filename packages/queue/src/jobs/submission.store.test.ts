import { isFinal, LeewayError, type JobId } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PREFIX } from '../redis/keys.js';
import { someSettlement, startQueueBench, type QueueBench } from '../../testing/queue-bench.js';

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench({ policy: { retention: { maxWaiting: 5 } }, redis: { appendOnly: true } });
});
afterEach(() => bench.stop());

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: unknown) => (error instanceof LeewayError ? error.code : String(error)),
  );
}

describe('a submission', () => {
  it('is stored with all its fields', async () => {
    const job = await bench.submit({
      label: 'nightly',
      priority: 7,
      attempts: 3,
      metadata: { a: [1] },
      limits: { queueMs: 60_000 },
    });
    expect(await bench.get(job.id)).toMatchObject({
      kind: 'command',
      label: 'nightly',
      priority: 7,
      maxAttempts: 3,
      metadata: { a: [1] },
      state: 'queued',
      tenant: 'local',
      limits: { queueMs: 60_000 },
      input: { argv: ['true'] },
    });
  });

  it('gets the same job for the same Idempotency-Key and body, and a refusal for another body', async () => {
    const first = await bench.submit({}, { idempotencyKey: 'k', bodyHash: 'one' });
    expect((await bench.submit({}, { idempotencyKey: 'k', bodyHash: 'one' })).id).toBe(first.id);
    expect(await codeOf(bench.submit({}, { idempotencyKey: 'k', bodyHash: 'two' }))).toBe('idempotency_conflict');
    expect((await bench.submit({}, { idempotencyKey: 'k', bodyHash: 'two', tenant: 'other' })).id).not.toBe(first.id);
    expect((await bench.queue.counts()).queued).toBe(2);
  });

  it('gets a new job for an Idempotency-Key that has expired', async () => {
    const first = await bench.submit({}, { idempotencyKey: 'k', bodyHash: 'one' });
    for (const key of await bench.raw.keys(`${PREFIX}:idem:*`)) await bench.raw.pexpire(key, 1);
    await waitUntil(async () => (await bench.raw.keys(`${PREFIX}:idem:*`)).length === 0, { what: 'the key to expire' });
    const second = await bench.submit({}, { idempotencyKey: 'k', bodyHash: 'two' });
    expect(second.id).not.toBe(first.id);
    expect((await bench.submit({}, { idempotencyKey: 'k', bodyHash: 'two' })).id).toBe(second.id);
  });

  it('is one job when many are sent at the same time with one Idempotency-Key', async () => {
    const jobs = await Promise.all(Array.from({ length: 20 }, () => bench.submit({}, { idempotencyKey: 'same' })));
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
  });

  it('is refused when the queue is full', async () => {
    for (let i = 0; i < 5; i += 1) await bench.submit();
    expect(await codeOf(bench.submit())).toBe('queue_full');
  });

  it('fails with store_unavailable at once while Redis is away, and is accepted when it is back', async () => {
    await bench.redis.kill9();
    await waitUntil(async () => (await codeOf(bench.queue.ping())) === 'store_unavailable', {
      what: 'the lost connection to be noticed',
    });
    expect(await codeOf(bench.submit())).toBe('store_unavailable');
    await bench.redis.restart();
    await waitUntil(() => bench.queue.ping().then(() => true), { what: 'the connection to come back' });
    expect((await bench.submit()).state).toBe('queued');
  });

  it('fails with outcome_unknown when Redis does not reply to the write', async () => {
    await bench.stop();
    bench = await startQueueBench({ bounds: { callWaitMs: 300 } });
    bench.redis.freeze();
    try {
      expect(await codeOf(bench.submit())).toBe('outcome_unknown');
      expect(await codeOf(bench.queue.get('j00000000' as JobId))).toBe('store_unavailable');
    } finally {
      bench.redis.thaw();
    }
  });

  it('that was acknowledged is not lost when Redis is killed and restarted (F94)', async () => {
    const jobs = await Promise.all(Array.from({ length: 5 }, () => bench.submit()));
    // A killed process loses nothing that it has written to its file; while it syncs that, it may keep newer commands back.
    const isWritten = async () => (await bench.raw.info('persistence')).includes('aof_buffer_length:0\r\n');
    await waitUntil(isWritten, { what: 'Redis to write its append-only file' });
    await bench.redis.kill9();
    await bench.redis.restart();
    await waitUntil(() => bench.queue.ping().then(() => true), { what: 'the connection to come back' });
    for (const { id } of jobs) expect((await bench.get(id)).state).toBe('queued');
    const { attempt } = await bench.claim();
    expect(jobs.map(({ id }) => id)).toContain(attempt.job);
  });

  it('with a higher priority is handed out first, whenever it was made (F74)', async () => {
    for (const priority of [0, 20, 5, 0, 9]) await bench.submit({ priority, label: `p${priority}` });
    const order: number[] = [];
    for (let i = 0; i < 5; i += 1) order.push((await bench.claim()).attempt.record.priority);
    expect(order).toEqual([20, 9, 5, 0, 0]);
  });
});

describe('a job can be read:', () => {
  it('in lists, newest first, filtered, page by page', async () => {
    for (let i = 0; i < 5; i += 1) await bench.submit({ label: i % 2 === 0 ? 'even' : 'odd' });
    const first = await bench.queue.list({ tenant: 'local', label: 'even', limit: 2 });
    const second = await bench.queue.list({ tenant: 'local', label: 'even', limit: 2, cursor: first.next ?? '' });
    expect([...first.jobs, ...second.jobs].map(({ label }) => label)).toEqual(['even', 'even', 'even']);
    expect(new Set([...first.jobs, ...second.jobs].map(({ id }) => id)).size).toBe(3);
    expect(second.next).toBeNull();
    expect((await bench.queue.list({ tenant: 'somebody', limit: 10 })).jobs).toEqual([]);
    expect((await bench.queue.list({ tenant: null, state: 'running', limit: 10 })).jobs).toEqual([]);
    expect(await codeOf(bench.queue.list({ tenant: null, limit: 1, cursor: '../etc' }))).toBe('invalid_request');
  });

  it('by waiting for its end, which is noticed at once (F167)', async () => {
    const { id } = await bench.submit();
    const untilFinal = (job: string, waitMs: number) =>
      bench.queue.waitFor(job as JobId, { until: ({ state }) => isFinal(state), waitMs });
    const waiting = untilFinal(id, 20_000);
    const { attempt } = await bench.claim();
    await bench.store.attempts.settle(attempt, someSettlement());
    expect(await waiting).toMatchObject({ state: 'succeeded' });
    expect((await untilFinal((await bench.submit()).id, 1))?.state).toBe('queued');
    expect(await untilFinal('junknown1', 10_000)).toBeUndefined();
  });

  it('as a stream of events with ids, which resumes after any of them and ends after the last (F98, F160)', async () => {
    const { id } = await bench.submit();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const event of bench.queue.events(id as JobId, { signal: new AbortController().signal }))
        seen.push(`${event.id} ${event.type}`);
    })();
    const { attempt } = await bench.claim();
    await bench.store.attempts.report(attempt, [{ type: 'output', stream: 'stdout', text: 'hello' }]);
    await bench.store.attempts.settle(attempt, someSettlement());
    await reading;
    expect(seen.map((line) => line.split(' ')[1])).toEqual(['submitted', 'output', 'attempt_ended', 'finished']);
    const rest: string[] = [];
    const afterId = (seen[1] ?? '').split(' ')[0] ?? '';
    for await (const event of bench.queue.events(id as JobId, { afterId, signal: new AbortController().signal }))
      rest.push(event.type);
    expect(rest).toEqual(['attempt_ended', 'finished']);
  });
});
