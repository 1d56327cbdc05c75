import { describe, expect, it } from 'vitest';
import { valueBlock, withoutEnvironment } from './value-block.js';

describe('a JSON value on a page', () => {
  it('is shown for reading, or said to be absent', () => {
    expect(valueBlock({ a: '<b>' }, 'none').text).toContain('&quot;a&quot;: &quot;&lt;b&gt;&quot;');
    expect(valueBlock(null, 'It returned nothing.').text).toContain('It returned nothing.');
  });

  it('is cut where it is very long, and says so', () => {
    const { text } = valueBlock('x'.repeat(50_000), '');
    expect(text.length).toBeLessThan(25_000);
    expect(text).toContain('The rest of it is to be had from the API.');
  });

  it('keeps the names of environment variables and leaves their values out', () => {
    expect(withoutEnvironment({ argv: ['env'], env: { TZ: 'secret' } })).toEqual({
      argv: ['env'],
      env: { TZ: '(not shown)' },
    });
    expect(withoutEnvironment('text')).toBe('text');
  });
});
