import { describe, expect, it } from 'vitest';
import { LeewayError } from '../errors.js';
import { parsePolicy } from '../policy/policy.js';
import { resultText, withStepResults } from './step-references.js';
import { parseSubmission } from '../submission/parse-submission.js';
import { MAX_STEPS, type WorkflowInput } from './workflow.js';

const policy = parsePolicy({
  commands: { allow: ['echo', 'wc'] },
  providers: { local: { baseUrl: 'http://127.0.0.1:1/v1' } },
});
const kinds = ['command', 'chat', 'workflow', 'mine'];
const echo = (name: string, more: object = {}) => ({ name, kind: 'command', input: { argv: ['echo', name] }, ...more });
const parse = (steps: unknown, more: object = {}) =>
  parseSubmission({ kind: 'workflow', input: { steps }, ...more }, { policy, kinds });

function refusal(steps: unknown, more: object = {}): { code: string; errors: string[] } {
  try {
    parse(steps, more);
  } catch (error) {
    if (!(error instanceof LeewayError)) throw error;
    return {
      code: error.code,
      errors: (error.details.errors ?? []).map(({ path, message }) => `${path}: ${message}`),
    };
  }
  throw new Error('it was accepted');
}

describe('a workflow is accepted', () => {
  it('with its steps unchanged', () => {
    const steps = [echo('a'), echo('b', { needs: ['a'], critical: true, onFailure: 'continue', attempts: 1 })];
    expect((parse(steps).input as WorkflowInput).steps).toEqual(steps);
  });

  it('with references to results of earlier steps in data', () => {
    const sumUp = { model: 'm', messages: [{ role: 'user', content: 'Sum up: {{steps.a}}' }] };
    const steps = [
      echo('a'),
      { name: 'count', kind: 'command', input: { argv: ['wc'], stdin: '{{steps.a}}' }, needs: ['a'] },
      { name: 'sum-up', kind: 'chat', input: sumUp, needs: ['a'] },
      { name: 'own', kind: 'mine', input: { deep: [{ text: '{{ steps.a }}' }] }, needs: ['a'] },
    ];
    expect((parse(steps).input as WorkflowInput).steps).toHaveLength(4);
  });
});

describe('a workflow is refused before anything is stored (F93)', () => {
  it.each([
    ['without steps', [], '/input/steps: '],
    ['with too many', Array.from({ length: MAX_STEPS + 1 }, (_, i) => echo(`step-${i}`)), '/input/steps: '],
    [
      'with one name twice',
      [echo('a'), echo('a')],
      '/input/steps/1/name: expected a unique name; an earlier step has the name "a"',
    ],
    ['needing what is not there', [echo('a', { needs: ['x'] })], '/input/steps/0/needs/0: there is no step "x"'],
    ['needing itself', [echo('a', { needs: ['a'] })], '/input/steps/0/needs/0: a step cannot need itself'],
    [
      'in a circle',
      [echo('a', { needs: ['c'] }), echo('b', { needs: ['a'] }), echo('c', { needs: ['b'] })],
      '/input/steps: some steps need each other in a circle',
    ],
    ['with a misspelt field', [echo('a', { critcal: true })], '/input/steps/0/critcal: unknown field'],
    ['with a bad input', [{ name: 'a', kind: 'command', input: { argv: [] } }], '/input/steps/0/input/argv: '],
    [
      'with a workflow as a step',
      [{ name: 'a', kind: 'workflow', input: { steps: [echo('b')] } }],
      '/input/steps/0/kind: a step cannot be a workflow',
    ],
    [
      'with a result among the arguments',
      [echo('a'), { name: 'b', kind: 'command', input: { argv: ['echo', '{{steps.a}}'] }, needs: ['a'] }],
      '/input/steps/1/input/argv/1: {{steps.a}} is possible only in the stdin of a command, never in its arguments',
    ],
    [
      'with the result of a step that it does not need',
      [echo('a'), { name: 'b', kind: 'command', input: { argv: ['wc'], stdin: '{{steps.a}}' } }],
      '/input/steps/1/input/stdin: {{steps.a}} is the result of a step that is not among its needs',
    ],
  ])('%s', (_, steps, expected) => {
    const { code, errors } = refusal(steps);
    expect(code).toBe('invalid_request');
    expect(errors.join('\n')).toContain(expected);
  });

  it('for a command that the policy does not allow, with the same code as a plain submission', () => {
    expect(refusal([echo('a'), { name: 'b', kind: 'command', input: { argv: ['rm'] } }]).code).toBe(
      'command_not_allowed',
    );
    expect(refusal([{ name: 'b', kind: 'command', input: { argv: ['wc'], env: { PATH: '/' } } }]).code).toBe(
      'env_not_allowed',
    );
    expect(refusal([{ name: 'b', kind: 'nobody', input: {} }]).code).toBe('unknown_kind');
  });

  it('for limits that have no effect on a workflow', () => {
    const { errors } = refusal([echo('a')], { timeoutMs: 5, attempts: 2, limits: { idleMs: 5, overallMs: 4_999 } });
    expect(errors.map((each) => each.split(':')[0])).toEqual([
      '/timeoutMs',
      '/attempts',
      '/limits/idleMs',
      '/limits/overallMs',
    ]);
  });

  it('with all its problems at once', () => {
    const { errors } = refusal([echo('a', { needs: ['x'] }), { name: 'a', kind: 'command', input: { argv: [] } }]);
    expect(errors).toHaveLength(3);
  });
});

describe('a mode (F31)', () => {
  it('is one of the policy', () => {
    expect(parse([echo('a')], { mode: 'deep3' }).mode).toBe('deep3');
    const { errors } = refusal([echo('a')], { mode: 'fats' });
    expect(errors).toEqual([
      '/mode: expected one of "fast", "deep3", "deep6", "search", "search_deep", "swebench"; got "fats"',
    ]);
  });

  it('can be changed and added in the policy file', () => {
    const { modes } = parsePolicy({ modes: { fast: { totalMs: 20_000 }, nightly: { totalMs: 3_600_000 } } });
    expect(modes['fast']).toEqual({ totalMs: 20_000, criticalShare: 0.4 });
    expect(modes['swebench']).toEqual({ totalMs: 600_000, criticalShare: 0.6 });
    expect(Object.keys(modes)).toContain('nightly');
  });

  it('cannot be shorter than the least time of a step', () => {
    expect(() => parsePolicy({ modes: { tiny: { totalMs: 4_000 } } })).toThrow('modes.tiny.totalMs (4000)');
  });
});

it('a reference is replaced by the result, and references inside a result are left alone', () => {
  const replaced = (kind: string, input: unknown) => withStepResults(kind, input, (step) => `<${step} {{steps.b}}>`);
  expect(replaced('command', { argv: ['{{steps.a}}'], stdin: 'x {{steps.a}} {{ steps.b }}' })).toEqual({
    argv: ['{{steps.a}}'],
    stdin: 'x <a {{steps.b}}> <b {{steps.b}}>',
  });
  expect(resultText('command', { stdout: 'out', stderr: 'err' })).toBe('out');
  expect(resultText('chat', { text: 'hello' })).toBe('hello');
  expect([resultText('mine', 'plain'), resultText('mine', { a: 1 }), resultText('mine', null)]).toEqual([
    'plain',
    '{"a":1}',
    '',
  ]);
});
