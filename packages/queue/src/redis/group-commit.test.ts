import { describe, expect, it } from 'vitest';
import { GroupCommit, type ScriptCall } from './group-commit.js';

/** A sender whose groups the test replies to. */
function heldSender() {
  const groups: { calls: readonly ScriptCall[]; answer: (replies: unknown[]) => void; fail: (error: Error) => void }[] =
    [];
  const group = new GroupCommit(
    (calls) => new Promise((answer, fail) => void groups.push({ calls, answer: (replies) => answer(replies), fail })),
  );
  const names = () => groups.map(({ calls }) => calls.map(({ name }) => name));
  return { groups, group, names };
}

const nextTick = () => new Promise((resolve) => setImmediate(resolve));

describe('a group commit', () => {
  it('sends the calls of one tick together, at once, and gives each its own reply', async () => {
    const { group, groups, names } = heldSender();
    const replies = Promise.all([group.call('a', [1]), group.call('b', [])]);
    await nextTick();
    expect(names()).toEqual([['a', 'b']]);
    groups[0]?.answer(['first', 'second']);
    expect(await replies).toEqual(['first', 'second']);
  });

  it('keeps later calls until one of two groups has its replies, then sends all of them in their order', async () => {
    const { group, groups, names } = heldSender();
    for (const name of ['a', 'b', 'c', 'd']) {
      void group.call(name, []);
      await nextTick();
    }
    expect(names()).toEqual([['a'], ['b']]);
    groups[0]?.answer([0]);
    await nextTick();
    expect(names()).toEqual([['a'], ['b'], ['c', 'd']]);
  });

  it('rejects the call whose reply is an error, and no other', async () => {
    const { group, groups } = heldSender();
    const results = Promise.allSettled([group.call('a', []), group.call('b', []), group.call('c', [])]);
    await nextTick();
    groups[0]?.answer([1, new Error('wrong type'), 3]);
    expect(await results).toMatchObject([
      { status: 'fulfilled', value: 1 },
      { status: 'rejected', reason: { message: 'wrong type' } },
      { status: 'fulfilled', value: 3 },
    ]);
  });

  it('rejects every call of a group that could not be sent, and then sends the waiting calls', async () => {
    const { group, groups, names } = heldSender();
    const lost = Promise.allSettled([group.call('a', []), group.call('b', [])]);
    await nextTick();
    void group.call('c', []);
    await nextTick();
    void group.call('d', []);
    groups[0]?.fail(new Error('connection lost'));
    expect(await lost).toMatchObject([
      { reason: { message: 'connection lost' } },
      { reason: { message: 'connection lost' } },
    ]);
    await nextTick();
    expect(names()).toEqual([['a', 'b'], ['c'], ['d']]);
  });

  it('limits a group by the number of its calls and by their size, so that Redis is not blocked for long', async () => {
    const { group, names } = heldSender();
    for (let i = 0; i < 100; i += 1) void group.call('small', []);
    await nextTick();
    expect(names().map((group) => group.length)).toEqual([32, 32]);
    const large = heldSender();
    for (let i = 0; i < 3; i += 1) void large.group.call('large', ['x'.repeat(200 * 1_024)]);
    await nextTick();
    expect(large.names()).toEqual([['large'], ['large']]);
  });
});
