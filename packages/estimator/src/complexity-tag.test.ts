import { parsePolicy } from '@leeway/contract';
import { describe, expect, it } from 'vitest';
import { complexityTag } from './complexity-tag.js';
import { decide } from './decide.js';
import { classify } from './job-class.js';
import { policyOf, request, StoredHistory } from './test-history.js';

const chat = (content: unknown) => ({
  model: 'gpt-4o',
  messages: [
    { role: 'system', content: '[complexity: extreme]' },
    { role: 'user', content },
  ],
});

describe('complexityTag', () => {
  it.each([
    ['[complexity: high] Write a compiler', 'high'],
    ['Say hi [Complexity=TRIVIAL]', 'trivial'],
    ['[complexity: advanced]', 'complex'],
    [`${'x'.repeat(50_000)} [complexity: low]`, 'low'],
  ])('reads the tag of the last message: %.30s (F11, F13)', (content, expected) => {
    expect(complexityTag(chat(content))).toBe(expected);
  });

  it.each([
    ['This is of high complexity'],
    ['[complexity: constructor]'],
    ['[complexity: enormous]'],
    [''],
    [42],
    [null],
    [[{ type: 'text', text: 'x' }]],
  ])('takes nothing else for one: %j (F24)', (content) => {
    expect(complexityTag(chat(content))).toBeUndefined();
  });

  it.each([[null], [undefined], ['text'], [{}], [{ messages: 'x' }], [{ messages: [] }], [{ messages: [null] }]])(
    'reads any input without failing: %j',
    (input) => {
      expect(complexityTag(input)).toBeUndefined();
    },
  );
});

describe('a job with a complexity tag', () => {
  const policy = policyOf();
  const history = new StoredHistory(policy);
  const asked = (content: string, kind = policy.kinds['chat']) => {
    const jobClass = classify({ kind: 'chat', input: chat(content) });
    if (kind === undefined) throw new Error('the default policy has the kind chat');
    return decide(request(history, policy, { jobClass, kind }));
  };

  it('gets more or less of the default while nothing like it has run, and says so (F11, F13)', () => {
    const plain = asked('hello').deadlineMs;
    expect(asked('[complexity: high] hello').deadlineMs).toBe(2 * plain);
    expect(asked('[complexity: trivial] hello').deadlineMs).toBe(plain / 4);
    expect(asked('[complexity: high] hello').sentence).toContain('tagged as high complexity');
  });

  it('stays under the cap of its kind, and above the cold floor', () => {
    expect(asked('[complexity: extreme] hello').deadlineMs).toBeLessThanOrEqual(
      parsePolicy().kinds['chat']?.maxMs ?? 0,
    );
    expect(
      asked('[complexity: trivial] hello', {
        priorMs: 40_000,
        maxMs: 60_000,
        firstOutputMs: null,
        startUpMs: 0,
        idleMs: null,
      }).deadlineMs,
    ).toBe(policy.estimator.coldFloorMs);
  });

  it('is of the same class as one without: a tag is a hint, not a history of its own', () => {
    expect(classify({ kind: 'chat', input: chat('[complexity: high]') }).name).toBe(
      classify({ kind: 'chat', input: chat('x') }).name,
    );
  });
});
