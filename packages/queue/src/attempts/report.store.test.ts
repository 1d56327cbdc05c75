import type { JobId } from '@leeway/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { someDecision, someSettlement, startQueueBench, type QueueBench } from '../../testing/queue-bench.js';

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench();
});
afterEach(() => bench.stop());

describe('an extension of the deadline', () => {
  it('is an event with the new deadline, pauses included (F97)', async () => {
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    const { attempts } = bench.store;
    await attempts.bindDecision(attempt, someDecision(60_000));
    await attempts.setPaused(attempt, { paused: true });
    await attempts.setPaused(attempt, { paused: false, pausedMs: 5_000 });
    await attempts.report(attempt, [{ type: 'extended', deadlineMs: 90_000, by: 'handler', reason: 'it asked' }]);
    const deadlineAt = attempt.startedAtMs + 5_000 + 90_000;
    expect(Date.parse((await bench.get(id)).attempts[0]?.deadlineAt ?? '')).toBe(deadlineAt);
    await attempts.settle(attempt, someSettlement());
    const extensions: unknown[] = [];
    for await (const event of bench.queue.events(id as JobId, { signal: new AbortController().signal }))
      if (event.type === 'extended') extensions.push(event.data);
    expect(extensions).toEqual([{ deadlineMs: 90_000, deadlineAt, by: 'handler', reason: 'it asked' }]);
  });
});

describe('an attempt that waits for a person', () => {
  it('shows the reason and since when, and its deadline moves by the length of the wait (F77, F97)', async () => {
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    const { attempts } = bench.store;
    await attempts.bindDecision(attempt, someDecision(60_000));
    await attempts.report(attempt, [{ type: 'waiting', reason: 'approval' }]);
    expect((await bench.get(id)).attempts[0]?.waiting).toEqual({ since: expect.any(String), reason: 'approval' });
    await attempts.report(attempt, [{ type: 'resumed', pausedMs: 4_000, why: 'answered' }]);
    const resumed = (await bench.get(id)).attempts[0];
    expect(resumed?.waiting).toBeNull();
    expect(Date.parse(resumed?.deadlineAt ?? '')).toBe(attempt.startedAtMs + 64_000);
    await attempts.report(attempt, [{ type: 'extended', deadlineMs: 90_000, by: 'monitor', reason: 'news' }]);
    expect(Date.parse((await bench.get(id)).attempts[0]?.deadlineAt ?? '')).toBe(attempt.startedAtMs + 94_000);
  });

  it('is not shown as waiting once it has ended', async () => {
    const { id } = await bench.submit();
    const { attempt } = await bench.claim();
    await bench.store.attempts.report(attempt, [{ type: 'waiting', reason: null }]);
    await bench.store.attempts.settle(attempt, someSettlement());
    expect((await bench.get(id)).attempts[0]?.waiting).toBeNull();
  });
});
