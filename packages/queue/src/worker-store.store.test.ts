import { afterEach, beforeEach, expect, it } from 'vitest';
import { startQueueBench, type QueueBench } from '../testing/queue-bench.js';
import { loadLibrary, USED_KEY } from './redis/loaded-libraries.js';
import { buildLibrary, productLibrary, readScript } from './redis/script-library.js';

let bench: QueueBench;
beforeEach(async () => {
  bench = await startQueueBench();
});
afterEach(() => bench.stop());

it('a worker notes its version of the scripts as in use, and deletes those that no worker has used for a day', async () => {
  const old = buildLibrary((path) =>
    path === 'lib/begin' ? `${readScript(path)}-- an old version\n` : readScript(path),
  );
  await Promise.all([old, productLibrary()].map((library) => loadLibrary(bench.raw, library)));
  await bench.raw.zadd(USED_KEY, 1, old.name, 1, productLibrary().name);
  await bench.store.register({ kinds: ['command'], pausable: [], queues: ['command'] });
  expect(await bench.raw.zrange(USED_KEY, '0', '-1')).toEqual([productLibrary().name]);
  expect((await bench.raw.function('LIST')) as unknown[]).toHaveLength(1);
});
