import { parsePolicy } from '@leeway/contract';
import { describe, expect, it } from 'vitest';
import { hintsOf } from './hints.js';
import { inlineTags } from './hints.js';
import { decide } from '../deadline/decide.js';
import { classify } from './job-class.js';
import { policyOf, request, StoredHistory } from '../../testing/written-history.js';

const chat = (content: unknown) => ({
  model: 'gpt-4o',
  messages: [
    { role: 'system', content: '[complexity: extreme]' },
    { role: 'user', content },
  ],
});

describe('inlineTags', () => {
  it.each([
    ['[complexity: high] Write a compiler', { complexity: 'high' }],
    ['Say hi [Complexity=TRIVIAL]', { complexity: 'trivial' }],
    ['[complexity: advanced]', { complexity: 'advanced' }],
    [`${'x'.repeat(50_000)} [complexity: low]`, { complexity: 'low' }],
    [
      '[category: code][type: review] [task: nightly-audit] look',
      { category: 'code', type: 'review', task: 'nightly-audit' },
    ],
    ['[complexity: low] then [complexity: extreme]', { complexity: 'low' }],
  ])('reads the tags of the last message: %.30s (F11, F13, F25)', (content, expected) => {
    expect(inlineTags(chat(content))).toEqual(expected);
  });

  it.each([
    ['This is of high complexity'],
    ['[complexity: constructor]'],
    ['[complexity: enormous]'],
    ['[category: someone]'],
    ['[type: haiku]'],
    ['[task: ../../etc]'],
    ['[tier: enterprise]'],
    ['claude -p "ten minus one" for someone'],
    [`${'x'.repeat(3_000)} [complexity: low] ${'x'.repeat(3_000)}`],
    [''],
    [42],
    [null],
    [[{ type: 'text', text: 'x' }]],
  ])('takes nothing else for one: %.40j (F24)', (content) => {
    expect(inlineTags(chat(content))).toEqual({});
  });

  it.each([[null], [undefined], ['text'], [{}], [{ messages: 'x' }], [{ messages: [] }], [{ messages: [null] }]])(
    'reads any input without failing: %j',
    (input) => {
      expect(inlineTags(input)).toEqual({});
    },
  );
});

describe('hintsOf', () => {
  it('prefers a field of the submission to a tag, and reads tags of chats only (F11)', () => {
    const input = chat('[complexity: low] [category: code]');
    expect(hintsOf({ kind: 'chat', input, complexity: 'extreme' })).toEqual({
      complexity: 'extreme',
      category: 'code',
    });
    expect(hintsOf({ kind: 'other', input })).toEqual({});
  });

  it('makes the task the label of a job without one, and leaves the label of another (F11, F25)', () => {
    const input = { argv: ['make'] };
    expect(classify({ kind: 'command', input, task: 'nightly' })).toEqual(
      classify({ kind: 'command', input, label: 'nightly' }),
    );
    expect(classify({ kind: 'command', input, task: 'nightly', label: 'mine' }).name).toBe('command/make/@mine');
  });

  it('keeps category and type out of the class: they are only shown (F25)', () => {
    const plain = classify({ kind: 'command', input: { argv: ['make'] } });
    expect(classify({ kind: 'command', input: { argv: ['make'] }, category: 'test', type: 'tool' })).toEqual(plain);
  });
});

describe('a job with a complexity tag', () => {
  const policy = policyOf();
  const history = new StoredHistory(policy);
  const defaultFor = (content: string, kind = policy.kinds['chat']) => {
    const jobClass = classify({ kind: 'chat', input: chat(content) });
    if (kind === undefined) throw new Error('the default policy has the kind chat');
    return decide(request(history, policy, { jobClass, kind }));
  };

  it('has a longer or shorter default while no similar job has run, and the sentence has the factor (F11, F13)', () => {
    const plain = defaultFor('hello').deadlineMs;
    expect(defaultFor('[complexity: high] hello').deadlineMs).toBe(2 * plain);
    expect(defaultFor('[complexity: trivial] hello').deadlineMs).toBe(plain / 4);
    expect(defaultFor('[complexity: high] hello').sentence).toContain('tagged as high complexity');
  });

  it('stays under the cap of its kind, and above the cold floor', () => {
    expect(defaultFor('[complexity: extreme] hello').deadlineMs).toBeLessThanOrEqual(
      parsePolicy().kinds['chat']?.maxMs ?? 0,
    );
    expect(
      defaultFor('[complexity: trivial] hello', {
        priorMs: 40_000,
        maxMs: 60_000,
        firstOutputMs: null,
        idleMs: null,
      }).deadlineMs,
    ).toBe(policy.estimator.coldFloorMs);
  });

  it('has the same class as one without: a tag is a hint and makes no history of its own', () => {
    expect(classify({ kind: 'chat', input: chat('[complexity: high]') }).name).toBe(
      classify({ kind: 'chat', input: chat('x') }).name,
    );
  });
});
