import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PhaseWalk, planPhases } from './phase-plan.js';

const NAMES = [
  'initial response',
  'deeper analysis',
  'complex processing',
  'comprehensive research',
  'final synthesis',
];
const MINUTE_MS = 60_000;
const RULES = { names: NAMES, windowMs: MINUTE_MS };

describe('the phases of an attempt', () => {
  it('are five of a minute in five minutes (F106)', () => {
    const plan = planPhases(300_000, RULES);
    expect(plan.map(({ name }) => name)).toEqual(NAMES);
    expect(plan.every(({ windowMs }) => windowMs === MINUTE_MS)).toBe(true);
  });

  it.each([
    [59_999, 0],
    [60_000, 1],
    [150_000, 2],
    [3_600_000, 5],
  ])('are as many as fit: an attempt of %d ms has %d (F106)', (attemptMs, count) => {
    expect(planPhases(attemptMs, RULES)).toHaveLength(count);
  });

  it('are three of equal length where no window is set (F107)', () => {
    const plan = planPhases(100_000, { ...RULES, windowMs: null });
    expect(plan).toEqual(NAMES.slice(0, 3).map((name) => ({ name, windowMs: 33_333 })));
  });

  it('begin when the window before them is over, and the last one stays (F106)', () => {
    const walk = new PhaseWalk(planPhases(180_000, RULES));
    expect(walk.current).toMatchObject({ number: 1, startedAtMs: 0 });
    expect(walk.tick(59_999)).toEqual([]);
    expect(walk.tick(130_000).map(({ number, startedAtMs }) => [number, startedAtMs])).toEqual([
      [2, 60_000],
      [3, 120_000],
    ]);
    expect(walk.tick(9e9)).toEqual([]);
  });

  it('pass unused time on to later phases (F106)', () => {
    const walk = new PhaseWalk(planPhases(180_000, RULES));
    expect(walk.advance(20_000)).toEqual({ name: 'deeper analysis', number: 2, startedAtMs: 20_000, windowMs: 80_000 });
    expect(walk.advance(30_000, 'complex processing')).toMatchObject({ number: 3, windowMs: 150_000 });
  });

  it('can be skipped, and are never returned to', () => {
    const walk = new PhaseWalk(planPhases(300_000, RULES));
    expect(walk.advance(10_000, 'final synthesis')).toMatchObject({ number: 5, windowMs: 290_000 });
    expect(walk.advance(11_000, 'deeper analysis')).toBeUndefined();
    expect(walk.advance(11_000)).toBeUndefined();
    expect(new PhaseWalk([]).advance(1)).toBeUndefined();
  });

  it('together take exactly the time that was planned, whatever happens', () => {
    const step = fc.record({
      afterMs: fc.integer({ min: 0, max: 90_000 }),
      name: fc.option(fc.constantFrom(...NAMES)),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 900_000 }),
        fc.option(fc.integer({ min: 1, max: 120_000 })),
        fc.array(step, { maxLength: 12 }),
        (attemptMs, windowMs, steps) => {
          const plan = planPhases(attemptMs, { ...RULES, windowMs });
          const total = plan.reduce((sum, phase) => sum + phase.windowMs, 0);
          expect(total).toBeLessThanOrEqual(attemptMs);
          const walk = new PhaseWalk(plan);
          let elapsedMs = 0;
          let number = 0;
          for (const { afterMs, name } of steps) {
            elapsedMs += afterMs;
            walk.tick(elapsedMs);
            walk.advance(elapsedMs, name ?? undefined);
            expect(walk.current?.number ?? 0).toBeGreaterThanOrEqual(number);
            number = walk.current?.number ?? 0;
          }
          walk.tick(Infinity);
          const last = walk.current;
          // A last phase that begins after the end of the plan has no window left.
          if (last !== undefined && last.startedAtMs < total)
            expect(last.startedAtMs + last.windowMs).toBeCloseTo(total, 3);
        },
      ),
    );
  });
});
