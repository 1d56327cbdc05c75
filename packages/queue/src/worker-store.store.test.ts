import { attemptId, type AttemptId, type JobId } from '@leeway/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { someSettlement, startQueueBench, type QueueBench } from '../testing/queue-bench.js';
import { PREFIX } from './redis/keys.js';
import { loadLibrary, USED_KEY } from './redis/loaded-libraries.js';
import { buildLibrary, productLibrary, readScript } from './redis/script-library.js';

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench();
});
afterEach(() => bench.stop());

describe('a worker', () => {
  it('knows which attempts of a list have ended, and not those of another installation', async () => {
    await bench.submit();
    const { attempt } = await bench.claim();
    await bench.store.attempts.markLost(attempt.job, 1, 0);
    await bench.store.outbox.reconcile(attempt.job);
    await bench.claim();
    const [first, second, foreign] = [
      attemptId(attempt.job, 1),
      attemptId(attempt.job, 2),
      'junknown000.1' as AttemptId,
    ];
    expect(await bench.store.endedAmong([first, second, foreign])).toEqual([first]);
  });

  it('prunes all records that are too many in one run, in slices, with all their keys (F51)', async () => {
    await bench.stop();
    bench = await startQueueBench({ policy: { retention: { maxRecords: 100 } } });
    const ended = 320;
    for (let i = 0; i < ended; i += 1) {
      const { id } = await bench.submit();
      await bench.queue.controls.cancel(id as JobId, 'not wanted');
    }
    const removed = await bench.raw.zrange(`${PREFIX}:ended`, '0', String(ended - 100 - 1));
    expect(await bench.store.prune()).toEqual({ records: ended - 100, classes: 0 });
    expect(await bench.raw.zcard(`${PREFIX}:ended`)).toBe(100);
    const left = (await bench.raw.keys(`${PREFIX}:*`)).filter((key) => !key.startsWith(`${PREFIX}:bull:`));
    expect(left.filter((key) => removed.some((id) => key.endsWith(id)))).toEqual([]);
    expect(await bench.queue.list({ tenant: null, limit: 200 })).toMatchObject({ jobs: { length: 100 } });
  });

  it('prunes records that are too old, and nothing that is running (F51)', async () => {
    await bench.stop();
    bench = await startQueueBench({ policy: { retention: { maxRecords: 100 } } });
    const running = await bench.submit();
    await bench.claim();
    for (let i = 0; i < 3; i += 1) {
      await bench.submit();
      const { attempt } = await bench.claim();
      await bench.store.attempts.settle(attempt, someSettlement());
    }
    const [oldest] = await bench.raw.zrange(`${PREFIX}:ended`, '0', '0');
    await bench.raw.zadd(`${PREFIX}:ended`, 1, oldest ?? '');
    expect(await bench.store.prune()).toEqual({ records: 1, classes: 0 });
    expect(await bench.queue.get(oldest as JobId)).toBeUndefined();
    expect((await bench.get(running.id)).state).toBe('running');
    expect((await bench.queue.list({ tenant: null, limit: 10 })).jobs).toHaveLength(3);
  });

  it('notes its version of the scripts as in use, and deletes those that no worker has used for a day', async () => {
    const old = buildLibrary((path) =>
      path === 'lib/begin' ? `${readScript(path)}-- an old version\n` : readScript(path),
    );
    await Promise.all([old, productLibrary()].map((library) => loadLibrary(bench.raw, library)));
    await bench.raw.zadd(USED_KEY, 1, old.name, 1, productLibrary().name);
    await bench.store.register({ kinds: ['command'], pausable: [], queues: ['command'] });
    expect(await bench.raw.zrange(USED_KEY, '0', '-1')).toEqual([productLibrary().name]);
    expect((await bench.raw.function('LIST')) as unknown[]).toHaveLength(1);
  });
});
