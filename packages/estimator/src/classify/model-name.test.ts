import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeModel } from './model-name.js';

describe('the common name of all releases of a model', () => {
  it.each([
    ['claude-3-5-haiku-20241022', 'claude-3-5-haiku'],
    ['anthropic/claude-3-haiku', 'claude-3-haiku'],
    ['gpt-4-1106-preview', 'gpt-4-preview'],
    ['gpt-4o-mini-2024-07-18', 'gpt-4o-mini'],
    ['gpt-3.5-turbo-0125', 'gpt-3.5-turbo'],
    ['mistral-small-latest', 'mistral-small'],
    ['qwen2.5:latest', 'qwen2.5'],
    ['meta-llama/Llama-3.1-70B-Instruct', 'llama-3.1-70b-instruct'],
    ['  GPT-4o ', 'gpt-4o'],
  ])('%s is %s (F30)', (model, name) => {
    expect(normalizeModel(model)).toBe(name);
  });

  it.each([
    'llama3.1:8b',
    'qwen2.5-72b',
    'gemma-2-27b',
    'phi-4',
    'o1',
    'gpt-4o',
    'model-1234',
    'model-9999',
    'yi-1.5-34b',
  ])('%s keeps its size and version, which are no dates (F30)', (model) => {
    expect(normalizeModel(model)).toBe(model);
  });

  it('is never empty, and its own common name (F30)', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((text) => text.trim() !== ''),
        (model) => {
          expect(normalizeModel(model)).not.toBe('');
        },
      ),
    );
    for (const model of ['latest', '-2024-08-06', 'x/', '/']) expect(normalizeModel(model)).not.toBe('');
  });
});
