import { describe, expect, test } from 'vitest';
import { shortened } from './shortened.js';

describe('a value for a model', () => {
  test('is unchanged when it is small enough', () => {
    for (const value of [null, 3, 'text', { a: 'b' }]) expect(shortened(value, 100)).toEqual({ value, changed: false });
  });

  test('loses the middle of its long texts and keeps the rest', () => {
    const { value, changed } = shortened({ exitCode: 1, stdout: 'a'.repeat(900), stderr: `b${'c'.repeat(900)}d` }, 300);
    expect(changed).toBe(true);
    expect(value).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/^a+\n\[\.\.\. \d+ bytes left out \.\.\.\]\na+$/),
    });
    expect((value as { stderr: string }).stderr).toMatch(/^bc+\n.*\nc+d$/);
  });

  test('becomes a shortened text when it is large without long texts', () => {
    const { value } = shortened(
      Array.from({ length: 1_000 }, (_, n) => n),
      100,
    );
    expect(value).toMatch(/^\[0,1,[\s\S]*left out[\s\S]*999\]$/);
  });

  test('is never cut inside a character', () => {
    for (let room = 20; room < 40; room += 1) expect(shortened('ü€😀'.repeat(50), room).value).not.toContain('\uFFFD');
  });
});
