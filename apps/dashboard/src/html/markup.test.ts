import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeText, markup } from './markup.js';

describe('markup', () => {
  it('escapes inserted values in text and in quoted attributes (F190)', () => {
    const attack = `"><script>alert('x')</script>&`;
    const made = markup`<p title="${attack}">${attack}</p>`.text;
    const safe = '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;';
    expect(made).toBe(`<p title="${safe}">${safe}</p>`);
  });

  it('does not escape markup, joins lists, and omits null, undefined and false', () => {
    const items = ['<', markup`<b>bold</b>`, null, undefined, false, 0] as const;
    expect(markup`<p>${items}</p>`.text).toBe('<p>&lt;<b>bold</b>0</p>');
  });

  it('never contains an inserted text that opens a tag or ends an attribute', () => {
    const unit = fc.constantFrom('<', '>', '"', "'", '&', ';', 'a', 'ü');
    fc.assert(fc.property(fc.string({ unit }), (text) => !/[<>"']/.test(escapeText(text))));
  });
});
