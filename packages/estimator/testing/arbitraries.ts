import { longForm } from '@leeway/testkit';
import fc from 'fast-check';
import { NOW_MS } from './written-history.js';
import type { Sample } from '../src/history/sample.js';

/**
 * Properties of random histories take most of the time of these tests. A failure is reported within the time limit,
 * so not always with the shortest history that shows it.
 */
fc.configureGlobal({ numRuns: longForm(25, 150), interruptAfterTimeLimit: 15_000 });

const YEAR_MS = 366 * 24 * 3_600_000;

/** Usual durations. */
export const durationMs = fc.double({ min: 0.01, max: 4 * 3_600_000, noNaN: true });

/** Every sample that `isObservation` accepts, extremes included: a stored one cannot be worse. */
export const anySample: fc.Arbitrary<Sample> = fc.record({
  valueMs: fc.oneof(durationMs, fc.constantFrom(1e-9, YEAR_MS)),
  kind: fc.constantFrom('exact', 'exact', 'exact', 'hung', 'censored'),
  deadlineMs: fc.oneof(fc.constant(0), durationMs),
  baseMs: fc.oneof(fc.constant(0), durationMs),
  atMs: fc.oneof(
    fc.integer({ min: NOW_MS - 86_400_000, max: NOW_MS }),
    fc.constantFrom(0, 1, NOW_MS + 86_400_000, 8.64e15),
  ),
});

export const anySamples = fc.array(anySample, { maxLength: 260, size: 'max' });

/** Results that ended by themselves, of one order of magnitude around a median. */
export const exactSamples = (least = 1, most = 120) =>
  fc
    .array(fc.double({ min: 10, max: 2_000, noNaN: true }), { minLength: least, maxLength: most, size: 'max' })
    .map((values) =>
      values.map((valueMs): Sample => ({ valueMs, kind: 'exact', deadlineMs: 0, baseMs: 0, atMs: NOW_MS - 1 })),
    );

/** The same with some that did not end. */
export const mixedSamples = (least = 1, most = 120) =>
  fc
    .array(
      fc.tuple(
        fc.double({ min: 10, max: 2_000, noNaN: true }),
        fc.constantFrom<Sample['kind'][]>('exact', 'exact', 'exact', 'exact', 'exact', 'hung', 'censored'),
      ),
      { minLength: least, maxLength: most, size: 'max' },
    )
    .map((all) =>
      all.map(([valueMs, kind]): Sample => ({ valueMs, kind, deadlineMs: 0, baseMs: 0, atMs: NOW_MS - 1 })),
    );
