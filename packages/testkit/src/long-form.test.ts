import { afterEach, describe, expect, it, vi } from 'vitest';
import { longForm } from './long-form.js';

afterEach(() => vi.unstubAllEnvs());

describe('longForm', () => {
  it.each([
    ['', 1],
    ['0', 1],
    ['1', 50],
  ])('with LEEWAY_FULL=%j chooses %i of 1 and 50 rounds', (value, rounds) => {
    vi.stubEnv('LEEWAY_FULL', value);
    expect(longForm(1, 50)).toBe(rounds);
  });
});
