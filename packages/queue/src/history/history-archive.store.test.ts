import { RING_LENGTH } from '@leeway/contract';
import { systemClock } from '@leeway/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JobQueue } from '../job-queue.js';
import { claimed, someSettlement, startQueueBench, type QueueBench } from '../../testing/queue-bench.js';
import type { StoredRing } from './history-archive.js';

const MAX_RINGS = 100;
const WINDOW = RING_LENGTH;

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench({ bounds: { maxRings: MAX_RINGS } });
});
afterEach(() => bench.stop());

async function ringsOf(scope: string): Promise<Map<string, readonly string[]>> {
  const found: StoredRing[] = [];
  for await (const ring of bench.queue.archive.rings(scope)) found.push(ring);
  return new Map(found.map(({ key, samples }) => [key, samples]));
}

/** Runs a job and settles it with the observations that the test wants. */
async function settle(rings: { key: string; sample: string }[], changes: object = {}): Promise<void> {
  const { id } = await bench.submit();
  const attempt = await claimed(bench.store.attempts, id, { worker: 'w1', token: `token of ${id}` });
  await bench.store.attempts.settle(attempt, someSettlement({ rings, ...changes }));
}

const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, i) => String(from + i));

describe('the number of rings is bounded:', () => {
  it('of thousands of labels the most specific rings are deleted, and the general ring keeps their samples (F51)', async () => {
    for (let round = 0; round < 30; round += 1) {
      const labels = numbered(100, round * 100);
      await settle(
        labels.flatMap((n) => [
          { key: `total/acme/x/@${n}`, sample: n },
          { key: 'total/acme/x', sample: n },
        ]),
      );
    }
    const rings = await ringsOf('acme');
    expect(rings.size).toBe(MAX_RINGS);
    expect(await bench.queue.archive.countRings()).toBe(MAX_RINGS);
    expect(rings.get('total/acme/x')).toEqual(numbered(WINDOW, 3_000 - WINDOW).reverse());
    expect(rings.has('total/acme/x/@2999')).toBe(true);
    const stored = await bench.raw.keys('{leeway}:ring:*');
    expect(stored).toHaveLength(MAX_RINGS);
  });

  it("one tenant's labels delete none of another tenant's rings (G7)", async () => {
    await settle([{ key: 'total/zeta/x', sample: 'kept' }]);
    for (let round = 0; round < 3; round += 1)
      await settle(numbered(100, round * 100).map((n) => ({ key: `total/acme/x/@${n}`, sample: n })));
    expect((await ringsOf('zeta')).get('total/zeta/x')).toEqual(['kept']);
  });

  it('a broken index does not prevent an attempt from being settled (G7)', async () => {
    await bench.raw.set('{leeway}:rings:acme', 'broken');
    await settle([{ key: 'total/acme/x', sample: '1' }]);
    expect(await ringsOf('acme')).toEqual(new Map([['total/acme/x', ['1']]]));
  });
});

describe('concurrent writers', () => {
  it('on connections of their own lose no sample (F52)', async () => {
    const stores = Array.from({ length: 5 }, (_, i) => bench.another(`writer-${i}`));
    await Promise.all(
      stores.map(async ({ attempts }, writer) => {
        for (const n of numbered(WINDOW / stores.length)) {
          const { id } = await bench.submit();
          const attempt = await claimed(attempts, id, { worker: `writer-${writer}`, token: `${writer} ${n}` });
          await attempts.settle(
            attempt,
            someSettlement({ rings: [{ key: 'total/acme/x', sample: `${writer} ${n}` }] }),
          );
        }
      }),
    );
    const expected = stores.flatMap((_, writer) => numbered(WINDOW / stores.length).map((n) => `${writer} ${n}`));
    expect([...((await ringsOf('acme')).get('total/acme/x') ?? [])].sort()).toEqual(expected.sort());
  });

  it('and an import at the same time lose no sample of each other (F52, F54)', async () => {
    const live = numbered(20);
    const imported = numbered(20, 100);
    await Promise.all([
      ...live.map((sample) => settle([{ key: 'total/acme/x', sample }])),
      ...Array.from({ length: 5 }, () => bench.queue.archive.add([{ key: 'total/acme/x', samples: imported }])),
    ]);
    expect([...((await ringsOf('acme')).get('total/acme/x') ?? [])].sort()).toEqual([...live, ...imported].sort());
  });
});

describe('an import', () => {
  const add = (samples: string[]) => bench.queue.archive.add([{ key: 'total/acme/x', samples }]);
  const stored = async () => (await ringsOf('acme')).get('total/acme/x');

  it('counts as older than local samples, and adds nothing when it is repeated (F54)', async () => {
    await settle([{ key: 'total/acme/x', sample: 'live' }]);
    expect(await add(['b', 'a', 'a'])).toBe(3);
    expect(await add(['b', 'a', 'a'])).toBe(0);
    expect(await stored()).toEqual(['live', 'b', 'a', 'a']);
  });

  it('adds only as many samples as there is room for (F51)', async () => {
    for (const n of numbered(WINDOW - 2)) await settle([{ key: 'total/acme/x', sample: `live ${n}` }]);
    expect(await add(numbered(10))).toBe(2);
    expect((await stored())?.slice(-3)).toEqual(['live 0', '0', '1']);
    expect(await add(numbered(10))).toBe(0);
  });

  it('expires like local samples (F51)', async () => {
    await add(['a']);
    const left = await bench.raw.pttl('{leeway}:ring:total/acme/x');
    expect(left).toBeGreaterThan(bench.policy.estimator.historyTtlMs - 60_000);
  });
});

it('the reset of a class deletes its rings and counters, and nothing else (F51)', async () => {
  const rings = ['total/acme/x/@a', 'total/acme/x'].map((key) => ({ key, sample: '1' }));
  const { id } = await bench.submit({}, { tenant: 'acme' });
  const attempt = await claimed(bench.store.attempts, id, { worker: 'w1', token: 'token' });
  await bench.store.attempts.settle(attempt, someSettlement({ rings, className: 'x/@a', counters: { succeeded: 1 } }));

  const forget = { tenant: 'acme', className: 'x/@a', rings: ['total/acme/x/@a', 'idle/acme/x/@a'] };
  expect(await bench.queue.archive.forgetClass(forget)).toEqual({ rings: 1, counters: true });
  expect(await bench.queue.archive.forgetClass(forget)).toEqual({ rings: 0, counters: false });
  expect([...(await ringsOf('acme')).keys()]).toEqual(['total/acme/x']);
  expect(await bench.queue.classes('acme')).toEqual([]);
});

describe('history in a newer format', () => {
  const start = async () => {
    const queue = new JobQueue({
      redisUrl: bench.redis.url,
      policy: bench.policy,
      clientName: 'late',
      clock: systemClock,
    });
    try {
      await queue.start();
    } finally {
      await queue.close();
    }
  };
  const register = () => bench.store.register({ kinds: [], pausable: [], queues: [] });

  it('prevents the start, with both versions in the message', async () => {
    await bench.raw.set('{leeway}:format', 2);
    await expect(start()).rejects.toThrow('has format 2; this version of Leeway reads format 1 at most');
    await expect(register()).rejects.toThrow('has format 2');
  });

  it('does not, if it has the format of this version', async () => {
    await bench.raw.del('{leeway}:format');
    await register();
    expect(await bench.raw.get('{leeway}:format')).toBe('1');
    await start();
    await register();
  });
});
