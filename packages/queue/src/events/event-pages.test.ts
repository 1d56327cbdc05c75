import type { JobEvent, JobId } from '@leeway/contract';
import { expect, it } from 'vitest';
import { EventPages } from './event-pages.js';

const JOB = 'job' as JobId;

/** Pages that arrive when the test resolves them. */
function pages() {
  const asked: { id: string; after: string; come: (ids: string[]) => void; fail: () => void }[] = [];
  const reader = new EventPages(
    (id, after) =>
      new Promise((resolve, reject) => {
        const come = (ids: string[]) => resolve(ids.map((each) => ({ id: each }) as JobEvent));
        asked.push({ id, after, come, fail: () => reject(new Error('Redis is away')) });
      }),
  );
  return { asked, reader };
}

it('a page is read once for all followers of a job at the same event (F160)', async () => {
  const { asked, reader } = pages();
  const readers = [reader.next(JOB, '0'), reader.next(JOB, '0'), reader.next(JOB, '5'), reader.next('x' as JobId, '0')];
  expect(asked.map(({ id, after }) => `${id} ${after}`)).toEqual(['job 0', 'job 5', 'x 0']);
  for (const { id, after, come } of asked) come([`${id}-${after}`]);
  const came = (await Promise.all(readers)).map((page) => page.map(({ id }) => id).join());
  expect(came).toEqual(['job-0', 'job-0', 'job-5', 'x-0']);
  void reader.next(JOB, '0');
  expect(asked).toHaveLength(4);
});

it('a page that was under way and is empty is read again: the event may be newer', async () => {
  const { asked, reader } = pages();
  const first = reader.next(JOB, '0');
  const second = reader.next(JOB, '0');
  asked[0]?.come([]);
  expect(await first).toEqual([]);
  await expect.poll(() => asked.length).toBe(2);
  asked[1]?.come(['1']);
  expect((await second).map(({ id }) => id)).toEqual(['1']);
});

it('a failed read fails for all that shared it, and the next one reads again', async () => {
  const { asked, reader } = pages();
  const both = Promise.allSettled([reader.next(JOB, '0'), reader.next(JOB, '0')]);
  asked[0]?.fail();
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const later = reader.next(JOB, '0');
  asked[1]?.come(['1']);
  expect(await later).toHaveLength(1);
});
