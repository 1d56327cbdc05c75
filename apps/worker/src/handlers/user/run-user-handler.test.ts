import { type HandlerError, forbidsRetry } from '@leeway/supervision';
import { chatInputSchema } from '@leeway/contract';
import { recordingContext } from '@leeway/testkit';
import { expect, test } from 'vitest';
import type { UserRun } from './handler-definitions.js';
import type { InputSchema } from './input-schema.js';
import { toHandler } from './run-user-handler.js';

const LIMITS = { maxValueBytes: 100 };

interface Job {
  input?: unknown;
  schema?: InputSchema;
  recording?: ReturnType<typeof recordingContext>;
}

function perform(run: UserRun, { input = {}, schema, recording = recordingContext() }: Job = {}): Promise<unknown> {
  return toHandler({ kind: 'mine', run, ...(schema === undefined ? {} : { schema }) }, LIMITS).run(
    input,
    recording.context,
  );
}

async function failure(run: UserRun, job?: Job): Promise<HandlerError> {
  return perform(run, job).then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error as HandlerError,
  );
}

test('the return value of a handler is the result, in the form that JSON gives it', async () => {
  expect(await perform(() => ({ at: new Date(0), gone: undefined }))).toEqual({ at: '1970-01-01T00:00:00.000Z' });
  expect(await perform(() => undefined)).toBeNull();
});

test.each([
  [
    'a circular object',
    () => {
      const a: Record<string, unknown> = {};
      a['a'] = a;
      return a;
    },
    'result_not_json',
    /the result is not a JSON value: .*circular/,
  ],
  ['a bigint', () => 1n, 'result_not_json', /the result is not a JSON value/],
  ['a function', () => () => {}, 'result_not_json', /it is a function/],
  [
    'a text beyond the limit',
    () => 'x'.repeat(99),
    'result_too_large',
    /the result is 101 bytes as JSON; 100 are allowed/,
  ],
])('a result that cannot be stored fails the job for good: %s', async (_, run, code, message) => {
  const error = await failure(run);
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
  expect(forbidsRetry(error)).toBe(true);
});

const doNotRetry = Object.assign(new Error('no such customer'), { name: 'DoNotRetry' });

test.each([
  ['by its name', doNotRetry, { code: 'handler_failed', message: 'no such customer' }],
  [
    'by its field',
    Object.assign(new Error('gone'), { retry: false, code: 'customer_gone' }),
    { code: 'customer_gone', message: 'gone' },
  ],
  ['as a plain object', { retry: false, message: 'gone' }, { code: 'handler_failed', message: 'gone' }],
])('an error forbids another attempt %s', async (_, thrown, expected) => {
  const error = await failure(() => {
    throw thrown;
  });
  expect(error).toMatchObject(expected);
  expect(forbidsRetry(error)).toBe(true);
});

test.each([
  ['an error', new Error('flaky'), { code: 'handler_failed', message: 'flaky' }],
  ['an error with a code', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), { code: 'ECONNREFUSED' }],
  ['an error with retryAfterMs', Object.assign(new Error('busy'), { retryAfterMs: 500 }), { retryAfterMs: 500 }],
  ['a text', 'broken', { message: 'the handler threw "broken"' }],
  [
    'a value that cannot be read',
    new Proxy(
      {},
      {
        get() {
          throw new Error('do not touch');
        },
      },
    ),
    { message: 'the handler threw a value that cannot be read' },
  ],
  ['undefined', undefined, { message: 'the handler threw undefined' }],
  ['an error with a number as code', Object.assign(new Error('x'), { code: 7 }), { code: 'handler_failed' }],
])('any other thrown value leaves the job another attempt: %s', async (_, thrown, expected) => {
  const error = await failure(() => Promise.reject(thrown));
  expect(error).toMatchObject({ cause: 'error', ...expected });
  expect(forbidsRetry(error)).toBe(false);
});

test('the stack goes to the log of the worker, unless the attempt was aborted', async () => {
  const recording = recordingContext();
  await failure(
    () => {
      throw new Error('flaky');
    },
    { recording },
  );
  expect(recording.values('log')).toMatchObject([
    { kind: 'mine', message: 'handler failed: flaky', error: expect.any(Error) },
  ]);
  const stopped = recordingContext();
  stopped.abort();
  await failure(
    () => {
      throw new Error('stopping');
    },
    { recording: stopped },
  );
  expect(stopped.values('log')).toEqual([]);
});

const countOf = (input: unknown) => Number((input as { count: unknown }).count);
const parsing: InputSchema = {
  parse(input) {
    if (Number.isNaN(countOf(input))) throw new Error('/count: expected a number');
    return { count: countOf(input) };
  },
};
const standard: InputSchema = {
  '~standard': {
    validate: async (input) => {
      const count = countOf(input);
      return Number.isNaN(count)
        ? { issues: [{ message: 'expected a number', path: [{ key: 'count' }] }] }
        : { value: { count } };
    },
  },
};
const schemas: [string, InputSchema][] = [
  ['a Standard Schema', standard],
  ['an object with parse', parsing],
];

test.each(schemas)('the input is checked and converted by %s', async (_, schema) => {
  expect(await perform((input) => input, { schema, input: { count: '3' } })).toEqual({ count: 3 });
  const error = await failure((input) => input, { schema, input: { count: 'many' } });
  expect(error.code).toBe('invalid_input');
  expect(error.message).toMatch(/^the input is not valid: \/count: /);
  expect(forbidsRetry(error)).toBe(true);
});

test('a zod schema can check the input', async () => {
  const error = await failure((input) => input, { schema: chatInputSchema, input: { model: 'm', messages: [] } });
  expect(error).toMatchObject({ code: 'invalid_input', message: expect.stringContaining('/messages: ') });
});
