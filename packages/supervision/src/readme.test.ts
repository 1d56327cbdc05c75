import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const textOf = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

describe('the example of the README', () => {
  it('is the program that is run here', () => {
    const [, example] = /```ts\n([^]*?)```/.exec(textOf('../README.md')) ?? [];
    expect(example).toBe(textOf('../testing/readme-example.ts'));
  });

  it('has the result of its comment', async () => {
    const { result } = await import('../testing/readme-example.js');
    expect(result).toMatchObject({
      ...{ outcome: 'stopped', reason: { cause: 'idle' }, abandoned: false },
      value: 'what was done until then',
    });
  });
});
