import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSample, encodeSample, isObservation, type Sample } from './sample.js';
import { anySample } from '../../testing/arbitraries.js';
import { NOW_MS } from '../../testing/written-history.js';

const usual: Sample = { valueMs: 1_234.5, kind: 'exact', deadlineMs: 5_000, baseMs: 2_000, atMs: NOW_MS };

describe('a stored sample', () => {
  it('is read back with six digits and in under 64 characters (F51)', () => {
    fc.assert(
      fc.property(anySample, (sample) => {
        const text = encodeSample(sample);
        const read = decodeSample(text);
        expect(text.length).toBeLessThan(64);
        expect(read).toMatchObject({ kind: sample.kind, atMs: sample.atMs });
        for (const name of ['valueMs', 'deadlineMs', 'baseMs'] as const)
          expect(Math.abs((read?.[name] ?? Number.NaN) - sample[name])).toBeLessThanOrEqual(5e-6 * sample[name]);
      }),
    );
  });

  it('may name its worker (F67)', () => {
    expect(decodeSample(encodeSample({ ...usual, from: 'worker~1.a' }))).toEqual({ ...usual, from: 'worker~1.a' });
  });

  it.each([
    ['', 'nothing'],
    ['x', 'a letter'],
    ['x 100 0 0', 'no time'],
    ['y 100 0 0 0', 'an unknown kind'],
    ['toString 100 0 0 0', 'a name that every object has'],
    ['x -100 0 0 0', 'a negative duration'],
    ['x 0 0 0 0', 'no duration at all'],
    ['x 5e-324 0 0 0', 'a duration that a 32-bit float takes for 0'],
    ['x NaN 0 0 0', 'NaN'],
    ['x Infinity 0 0 0', 'Infinity'],
    ['x 1e308 0 0 0', 'a duration beyond a year'],
    ['x 0x10 0 0 0', 'hexadecimal'],
    ['x 1,5 0 0 0', 'a comma'],
    ['x 100 -1 0 0', 'a negative deadline'],
    ['x 100 1e308 0 0', 'an impossible deadline'],
    ['x 100 0 NaN 0', 'a base of NaN'],
    ['x 100 0 0 -5', 'a time before 1970'],
    ['x 100 0 0 zzzzzzzzzzzzz', 'a time that does not exist'],
    ['x 100 0 0 ', 'an empty time'],
    ['x 100 0 0 0 a b', 'too many parts'],
    ['x 100 0 0 0 a/b', 'a source that is no name'],
    ['{"valueMs":100}', 'another form'],
    ['x 100 0 0 0\n', 'a line end'],
  ])('is refused when it is %j: %s (G7)', (text) => {
    expect(decodeSample(text)).toBeUndefined();
  });

  it('of any text is either refused or a valid observation (G7)', () => {
    const almost = fc
      .array(fc.constantFrom('x', 'h', 'c', '1', '-1', '1e400', 'NaN', '', 'k', '12.5', '1e-9'), { maxLength: 7 })
      .map((parts) => parts.join(' '));
    fc.assert(
      fc.property(fc.oneof(fc.string(), almost), (text) => {
        const read = decodeSample(text);
        expect(read === undefined || isObservation(read)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
