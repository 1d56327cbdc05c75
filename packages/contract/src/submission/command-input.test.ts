import { describe, expect, it } from 'vitest';
import { parsePolicy } from '../policy/policy.js';
import { parseSubmission } from './parse-submission.js';

const policy = parsePolicy();
const submit = (input: object) =>
  parseSubmission({ kind: 'command', input: { argv: ['true'], ...input } }, { policy, kinds: ['command'] });

describe('the report of a command about its work', () => {
  it('has a format or a marker (F88)', () => {
    expect(submit({ format: 'stream-json' }).input).toMatchObject({ format: 'stream-json' });
    expect(submit({ doneMarker: 'ALL DONE' }).input).toMatchObject({ doneMarker: 'ALL DONE' });
  });

  it.each([
    [{ format: 'jsonl' }, '/input/format'],
    [{ doneMarker: '' }, '/input/doneMarker'],
    [{ doneMarker: 'two\nlines' }, '/input/doneMarker: expected text without line breaks'],
    [{ format: 'stream-json', doneMarker: 'x' }, '/input/doneMarker: is for text; in stream-json'],
    [{ donemarker: 'x' }, 'doneMarker'],
  ])('is refused before it is queued: %j (F93)', (input, words) => {
    expect(() => submit(input)).toThrow(words);
  });
});
