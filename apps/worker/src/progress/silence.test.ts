import { expect, test } from 'vitest';
import { Silence } from './silence.js';

const AFTER_MS = 5_000;

test('an attempt that is silent for a while is reported as thinking, in a tool, or silent (F158)', () => {
  const silence = new Silence(0);
  expect(silence.notice(4_999, AFTER_MS)).toBeNull();
  expect(silence.notice(5_000, AFTER_MS)).toEqual({ what: 'silent', forMs: 5_000 });
  silence.thinking(6_000);
  expect(silence.notice(12_000, AFTER_MS)).toEqual({ what: 'thinking', forMs: 12_000 });
  silence.output(13_000);
  expect(silence.notice(14_000, AFTER_MS)).toBeNull();
  expect(silence.notice(18_000, AFTER_MS)).toEqual({ what: 'silent', forMs: 5_000 });
  silence.tool(true, 20_000);
  silence.tool(true, 25_000);
  expect(silence.notice(30_000, AFTER_MS)).toEqual({ what: 'tool', forMs: 10_000 });
  silence.tool(false, 31_000);
  expect(silence.notice(31_000, AFTER_MS)).toEqual({ what: 'silent', forMs: 18_000 });
});
