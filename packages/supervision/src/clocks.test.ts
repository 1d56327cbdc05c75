import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClockLimits, Clocks } from './clocks.js';

const NONE: ClockLimits = {
  deadlineMs: 10_000,
  firstOutputMs: null,
  idleMs: null,
  toolMs: null,
  deadlineCause: 'deadline',
  completeInMs: null,
};
const START = 5_000;

describe('the clocks of an attempt', () => {
  it('end it at its deadline, and not a moment before (F76)', () => {
    const clocks = new Clocks(NONE, START);
    expect(clocks.nextMs()).toBe(START + 10_000);
    expect(clocks.expired(START + 9_999)).toBeUndefined();
    expect(clocks.expired(START + 10_000)).toEqual({ cause: 'deadline', limitMs: 10_000, elapsedMs: 10_000 });
  });

  it('leave a silent attempt without idle clock alone until then (F95)', () => {
    expect(new Clocks(NONE, START).expired(START + 9_999)).toBeUndefined();
  });

  it('end it when no first output comes, and never for that again once one came (F78)', () => {
    const clocks = new Clocks({ ...NONE, firstOutputMs: 1_000 }, START);
    expect(clocks.expired(START + 1_000)).toMatchObject({ cause: 'first_output' });
    expect(clocks.output(START + 999)).toBe(true);
    expect(clocks.output(START + 999)).toBe(false);
    expect(clocks.expired(START + 5_000)).toBeUndefined();
  });

  it('end it when output stops, counted from the last activity of any sort (F77)', () => {
    const clocks = new Clocks({ ...NONE, idleMs: 500 }, START);
    clocks.activity(START + 400);
    expect(clocks.expired(START + 899)).toBeUndefined();
    expect(clocks.expired(START + 900)).toEqual({ cause: 'idle', limitMs: 500, elapsedMs: 500 });
  });

  it('let the first-output clock judge the silence before the first output', () => {
    const clocks = new Clocks({ ...NONE, firstOutputMs: 3_000, idleMs: 500 }, START);
    expect(clocks.nextMs()).toBe(START + 3_000);
    clocks.output(START + 2_000);
    expect(clocks.nextMs()).toBe(START + 2_500);
  });

  it('stop the idle clock while a tool runs, which has a clock of its own', () => {
    const clocks = new Clocks({ ...NONE, idleMs: 500, toolMs: 2_000 }, START);
    clocks.tool(true, START + 100);
    expect(clocks.expired(START + 1_000)).toBeUndefined();
    expect(clocks.expired(START + 2_100)).toMatchObject({ cause: 'tool_silence' });
    clocks.tool(false, START + 1_500);
    expect(clocks.expired(START + 2_000)).toMatchObject({ cause: 'idle' });
  });

  it('never let activity move the deadline (F79)', () => {
    const clocks = new Clocks({ ...NONE, idleMs: 500 }, START);
    for (let at = 0; at < 10_000; at += 100) clocks.activity(START + at);
    expect(clocks.expired(START + 10_000)).toMatchObject({ cause: 'deadline' });
  });

  it('only ever extend', () => {
    const clocks = new Clocks(NONE, START);
    clocks.extend(5_000);
    expect(clocks.deadline).toBe(10_000);
    clocks.extend(20_000);
    expect(clocks.nextMs()).toBe(START + 20_000);
  });

  it('forgive silence in which the worker itself stood still, and never the total', () => {
    const clocks = new Clocks({ ...NONE, idleMs: 500 }, START);
    clocks.forgive(3_000);
    expect(clocks.expired(START + 3_400)).toBeUndefined();
    expect(clocks.expired(START + 3_500)).toMatchObject({ cause: 'idle' });
    expect(clocks.expired(START + 10_000)).toMatchObject({ cause: 'deadline' });
  });

  it('do not count as silence what a handler waits between two calls; the next call begins anew, the deadline does not (F138)', () => {
    const clocks = new Clocks({ ...NONE, firstOutputMs: 1_000, idleMs: 500 }, START);
    clocks.betweenCalls(true, START + 900);
    expect(clocks.nextMs()).toBe(START + 10_000);
    clocks.betweenCalls(false, START + 5_000);
    expect(clocks.expired(START + 5_999)).toBeUndefined();
    expect(clocks.expired(START + 6_000)).toMatchObject({ cause: 'first_output', elapsedMs: 1_000 });
    clocks.output(START + 5_400);
    clocks.betweenCalls(true, START + 5_500);
    clocks.betweenCalls(false, START + 7_000);
    expect(clocks.expired(START + 7_500)).toMatchObject({ cause: 'idle', elapsedMs: 500 });
    expect(clocks.readings(START + 7_100)).toMatchObject({ firstOutputMs: 400, maxGapMs: 400 });
  });

  it('stand while the attempt is paused, all but completeBy (F86)', () => {
    const clocks = new Clocks({ ...NONE, idleMs: 500, completeInMs: 60_000 }, START);
    clocks.hold(START + 400);
    expect(clocks.nextMs()).toBe(START + 60_000);
    expect(clocks.expired(START + 59_999)).toBeUndefined();
    expect(clocks.elapsed(START + 50_000)).toBe(400);
    expect(clocks.expired(START + 60_000)).toMatchObject({ cause: 'complete_by' });
    expect(clocks.resume(START + 30_400)).toBe(30_000);
    expect(clocks.expired(START + 30_499)).toBeUndefined();
    expect(clocks.expired(START + 30_500)).toMatchObject({ cause: 'idle' });
    expect(clocks.elapsed(START + 30_500)).toBe(500);
  });

  it('run again only when nothing holds them any more, and count the time once (F77, F86)', () => {
    const clocks = new Clocks({ ...NONE, idleMs: 500 }, START);
    clocks.hold(START + 100, 'waiting');
    clocks.hold(START + 200, 'paused');
    expect(clocks.resume(START + 1_000, 'waiting')).toBe(0);
    expect(clocks.heldFor('paused')).toBe(true);
    expect(clocks.elapsed(START + 1_500)).toBe(100);
    expect(clocks.resume(START + 2_100, 'paused')).toBe(2_000);
    expect(clocks.elapsed(START + 2_200)).toBe(200);
    expect(clocks.nextMs()).toBe(START + 2_500);
  });

  it('have a shorter idle window for a while, and then the old one (F117)', () => {
    const clocks = new Clocks({ ...NONE, idleMs: 500 }, START);
    clocks.tightenIdle(200);
    expect(clocks.nextMs()).toBe(START + 200);
    clocks.tightenIdle(9_000);
    expect(clocks.nextMs()).toBe(START + 500);
    clocks.tightenIdle(null);
    expect(clocks.nextMs()).toBe(START + 500);
    const silent = new Clocks(NONE, START);
    silent.tightenIdle(200);
    expect(silent.nextMs()).toBe(START + 10_000);
  });

  it('take other limits while the attempt runs, shorter ones too', () => {
    const clocks = new Clocks(NONE, START);
    clocks.change({ ...NONE, deadlineMs: 1_000, idleMs: 300 });
    expect(clocks.expired(START + 300)).toMatchObject({ cause: 'idle' });
    expect(clocks.deadline).toBe(1_000);
  });

  it('name the larger clock that cut the deadline short (F91)', () => {
    expect(new Clocks({ ...NONE, deadlineCause: 'overall' }, 0).expired(10_000)).toMatchObject({ cause: 'overall' });
  });

  it('measure the longest gap, the end of the run included', () => {
    const clocks = new Clocks(NONE, START);
    clocks.output(START + 300);
    clocks.output(START + 400);
    expect(clocks.readings(START + 1_400)).toEqual({ outputs: 2, firstOutputMs: 300, maxGapMs: 1_000 });
  });

  it('expire exactly when they said they would, whatever happens in between', () => {
    const step = fc.record({
      afterMs: fc.integer({ min: 0, max: 400 }),
      what: fc.constantFrom('output', 'activity', 'tool', 'no tool'),
    });
    const limit = fc.option(fc.integer({ min: 1, max: 2_000 }), { nil: null });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), limit, limit, limit, (steps, firstOutputMs, idleMs, toolMs) => {
        const clocks = new Clocks({ ...NONE, firstOutputMs, idleMs, toolMs }, START);
        let now = START;
        for (const { afterMs, what } of steps) {
          now += afterMs;
          if (what === 'output') clocks.output(now);
          else if (what === 'activity') clocks.activity(now);
          else clocks.tool(what === 'tool', now);
          const next = clocks.nextMs();
          expect(next).toBeLessThanOrEqual(START + 10_000);
          expect(clocks.expired(next - 1)).toBeUndefined();
          expect(clocks.expired(next)).toBeDefined();
        }
      }),
    );
  });
});
