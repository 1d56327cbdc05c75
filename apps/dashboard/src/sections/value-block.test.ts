import { describe, expect, it } from 'vitest';
import { valueBlock, withoutEnvironment } from './value-block.js';

describe('a JSON value on a page', () => {
  it('is shown indented, or replaced by a text where there is none', () => {
    expect(valueBlock({ a: '<b>' }, 'none').text).toContain('&quot;a&quot;: &quot;&lt;b&gt;&quot;');
    expect(valueBlock(null, 'It returned nothing.').text).toContain('It returned nothing.');
  });

  it('is cut where it is very long, with a note', () => {
    const { text } = valueBlock('x'.repeat(50_000), '');
    expect(text.length).toBeLessThan(25_000);
    expect(text).toContain('The rest is available from the API.');
  });

  it('has the names of environment variables and not their values', () => {
    expect(withoutEnvironment({ argv: ['env'], env: { TZ: 'secret' } })).toEqual({
      argv: ['env'],
      env: { TZ: '(not shown)' },
    });
    expect(withoutEnvironment('text')).toBe('text');
  });
});
