import { readFileSync } from 'node:fs';
import { recordingContext } from '@leeway/testkit';
import { expect, test } from 'vitest';
import { userContext } from './user-context.js';

const LIMITS = { maxValueBytes: 100 };

test('every function of the context works after destructuring', () => {
  const recording = recordingContext({ attempt: 2, lastCheckpoint: { done: 3 } });
  const { activity, progress, output, extend, tool, waiting, phase, checkpoint, log, attempt, lastCheckpoint } =
    userContext(recording.context, LIMITS);
  activity();
  progress({ percent: 10 });
  output('half');
  output(Buffer.from(' done'));
  tool(true);
  waiting(true, 'approval');
  phase('final synthesis');
  checkpoint([1]);
  log.info('just a message');
  log.warn({ a: 1 }, 'with fields');
  expect([extend(500), attempt, lastCheckpoint]).toEqual([true, 2, { done: 3 }]);
  expect(recording.calls.map(({ call, value }) => [call, value])).toEqual([
    ['activity', undefined],
    ['progress', { percent: 10 }],
    ['output', 'half'],
    ['output', ' done'],
    ['tool', true],
    ['waiting', { waits: true, reason: 'approval' }],
    ['phase', 'final synthesis'],
    ['checkpoint', [1]],
    ['log', { message: 'just a message' }],
    ['log', { a: 1, message: 'with fields' }],
    ['extend', 500],
  ]);
});

test('the deadline of the context changes with every extension', () => {
  const context = userContext(recordingContext().context, LIMITS);
  const before = context.deadline;
  context.extend(5_000);
  expect(context.deadline - before).toBe(5_000);
});

test('a later change of a reported value has no effect on the report', () => {
  const recording = recordingContext();
  const seen = { count: 1 };
  userContext(recording.context, LIMITS).progress(seen);
  seen.count = 2;
  expect(recording.values('progress')).toEqual([{ count: 1 }]);
});

test('a first attempt has no checkpoint', () => {
  expect(userContext(recordingContext({ lastCheckpoint: null }).context, LIMITS).lastCheckpoint).toBeUndefined();
});

test('a value that cannot be stored is refused by the call that reports it', () => {
  const context = userContext(recordingContext().context, LIMITS);
  expect(() => context.progress(undefined)).toThrow('the progress value is not a JSON value: it is undefined');
  expect(() => context.checkpoint('x'.repeat(100))).toThrow('the checkpoint is 102 bytes as JSON; 100 are allowed');
  expect(() => context.output({} as string)).toThrow('output() takes a string or a Uint8Array; got a object');
  expect(() => context.waiting(true, {} as string)).toThrow('waiting() takes the reason as a string');
  for (const ms of [0, -1, Number.NaN, Infinity, '5' as unknown as number])
    expect(() => context.extend(ms)).toThrow(RangeError);
});

test('docs/handlers.md lists every member of the context', () => {
  const page = readFileSync(new URL('../../../../../docs/handlers.md', import.meta.url), 'utf8');
  const [, table = ''] = page.split('The context has:');
  const listed = table
    .split('\n\n')[1]
    ?.split('\n')
    .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)/g)].map((name) => name[1]));
  expect(listed?.toSorted()).toEqual(Object.keys(userContext(recordingContext().context, LIMITS)).toSorted());
});
