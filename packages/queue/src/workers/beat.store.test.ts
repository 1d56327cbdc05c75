import { attemptId, type JobId } from '@leeway/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startQueueBench, type QueueBench } from '../../testing/queue-bench.js';
import { PREFIX } from '../redis/keys.js';
import { defineScripts } from '../redis/scripts.js';
import { beat } from './beat.js';

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench();
});
afterEach(() => bench.stop());

describe('a heartbeat', () => {
  it('returns a signal for each attempt: lost, or what is desired of it', async () => {
    await bench.submit();
    await bench.submit();
    const [first, second] = [await bench.claim(), await bench.claim()];
    await bench.store.attempts.markLost(first.attempt.job, 1, 0);
    await bench.queue.controls.cancel(second.attempt.job, 'enough of it');
    const ids = [attemptId(first.attempt.job, 1), attemptId(second.attempt.job, 1)];
    const { signals } = await beat(
      defineScripts(bench.raw),
      { worker: 'w1', info: '{}', supervision: bench.policy.supervision },
      ids,
    );
    expect([...signals.values()]).toEqual([{ kind: 'lost' }, { kind: 'desired', desired: { cancel: 'enough of it' } }]);
  });

  it('renews the lease of a pending claim under its token, and under no other (F74)', async () => {
    const { id } = await bench.submit();
    const run = defineScripts(bench.raw);
    const self = { worker: 'w1', info: '{}', supervision: bench.policy.supervision };
    const beatWith = (token: string) => beat(run, self, [], [{ job: id as JobId, token }]);
    expect((await beatWith('t1')).claimed).toEqual([null]);
    const { attempt, token } = await bench.claim();
    const its = attemptId(attempt.job, attempt.number);
    await bench.raw.zadd(`${PREFIX}:leases`, 1, its);
    expect((await beatWith('another token')).claimed).toEqual([null]);
    expect(await bench.raw.zscore(`${PREFIX}:leases`, its)).toBe('1');
    expect((await beatWith(token)).claimed).toEqual([its]);
    expect((await bench.store.attempts.markLost(attempt.job, attempt.number, 60_000)).status).toBe('alive');
    await bench.store.attempts.markLost(attempt.job, attempt.number, 0);
    expect((await beatWith(token)).claimed).toEqual([null]);
    expect(await bench.raw.zscore(`${PREFIX}:leases`, its)).toBeNull();
  });
});
