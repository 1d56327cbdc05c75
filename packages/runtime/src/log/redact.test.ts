import { expect, test } from 'vitest';
import { createLog } from './log.js';
import { redact } from './redact.js';

test('secret fields are hidden at any depth, and the others are kept', () => {
  const seen = redact({
    a: { headers: { Authorization: 'Bearer x', accept: 'y' } },
    env: { A: 'secret' },
    list: [{ apiKey: 'k' }],
    n: 1,
  });
  expect(seen).toEqual({
    a: { headers: { Authorization: '[hidden]', accept: 'y' } },
    env: '[hidden]',
    list: [{ apiKey: '[hidden]' }],
    n: 1,
  });
});

test('bearer tokens and passwords in URLs are hidden in texts and errors', () => {
  const error = new Error('connect redis://user:hunter2@host:6379 with Bearer abc.def', {
    cause: new Error('unix, Bearer q'),
  });
  const text = JSON.stringify(redact({ error }));
  expect(text).not.toMatch(/hunter2|abc\.def|Bearer q/);
  expect(text).toContain('redis://host:6379');
});

test('a log line is one JSON object with its event and without secrets', () => {
  const lines: string[] = [];
  const log = createLog({ process: 'api', level: 'info', write: (line) => lines.push(line) });
  log.child({ requestId: 'r1' }).info({ event: 'hello', authorization: 'Bearer abc' }, 'Hello.');
  log.debug({ event: 'quiet' }, 'below the level');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    process: 'api',
    event: 'hello',
    requestId: 'r1',
    authorization: '[hidden]',
    msg: 'Hello.',
  });
});
