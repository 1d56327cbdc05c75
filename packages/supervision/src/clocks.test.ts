import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClockLimits } from './attempt-limits.js';
import { Clocks } from './clocks.js';

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
  it('end it at its deadline and not earlier (F76)', () => {
    const clocks = new Clocks(NONE, START);
    expect(clocks.nextMs()).toBe(START + 10_000);
    expect(clocks.expired(START + 9_999)).toBeUndefined();
    expect(clocks.expired(START + 10_000)).toEqual({ cause: 'deadline', limitMs: 10_000, elapsedMs: 10_000 });
  });

  it('leave a silent attempt without an idle clock alone until its deadline (F95)', () => {
    expect(new Clocks(NONE, START).expired(START + 9_999)).toBeUndefined();
  });

  it('end it when no first output comes in time; a first output stops that clock for good (F78)', () => {
    const clocks = new Clocks({ ...NONE, firstOutputMs: 1_000 }, START);
    expect(clocks.expired(START + 1_000)).toMatchObject({ cause: 'first_output' });
    expect(clocks.output(START + 999)).toBe(true);
    expect(clocks.output(START + 999)).toBe(false);
    expect(clocks.expired(START + 5_000)).toBeUndefined();
  });

  it('end it when it is silent for the idle window, counted from the last activity of any kind (F77)', () => {
    const clocks = new Clocks({ ...NONE, idleMs: 500 }, START);
    clocks.activity(START + 400);
    expect(clocks.expired(START + 899)).toBeUndefined();
    expect(clocks.expired(START + 900)).toEqual({ cause: 'idle', limitMs: 500, elapsedMs: 500 });
  });

  it('judge silence before the first output by the first-output clock alone', () => {
    const clocks = new Clocks({ ...NONE, firstOutputMs: 3_000, idleMs: 500 }, START);
    expect(clocks.nextMs()).toBe(START + 3_000);
    clocks.output(START + 2_000);
    expect(clocks.nextMs()).toBe(START + 2_500);
  });

  it('judge silence while a tool runs by the tool clock alone', () => {
    const clocks = new Clocks({ ...NONE, idleMs: 500, toolMs: 2_000 }, START);
    clocks.tool(true, START + 100);
    expect(clocks.expired(START + 1_000)).toBeUndefined();
    expect(clocks.expired(START + 2_100)).toMatchObject({ cause: 'tool_silence' });
    clocks.tool(false, START + 1_500);
    expect(clocks.expired(START + 2_000)).toMatchObject({ cause: 'idle' });
  });

  it('do not let activity move the deadline (F79)', () => {
    const clocks = new Clocks({ ...NONE, idleMs: 500 }, START);
    for (let at = 0; at < 10_000; at += 100) clocks.activity(START + at);
    expect(clocks.expired(START + 10_000)).toMatchObject({ cause: 'deadline' });
  });

  it('ignore an extension to an earlier deadline', () => {
    const clocks = new Clocks(NONE, START);
    clocks.extend(5_000);
    expect(clocks.deadline).toBe(10_000);
    clocks.extend(20_000);
    expect(clocks.nextMs()).toBe(START + 20_000);
  });

  it('do not count the time in which the whole process was stopped as silence; the deadline does not move', () => {
    const clocks = new Clocks({ ...NONE, idleMs: 500 }, START);
    clocks.excludeStall(3_000);
    expect(clocks.expired(START + 3_400)).toBeUndefined();
    expect(clocks.expired(START + 3_500)).toMatchObject({ cause: 'idle' });
    expect(clocks.expired(START + 10_000)).toMatchObject({ cause: 'deadline' });
  });

  it('stop the clocks for silence between two calls of a handler and restart them with the next call; the deadline does not move (F138)', () => {
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

  it('are stopped while the attempt is paused, all but completeBy (F86)', () => {
    const clocks = new Clocks({ ...NONE, idleMs: 500, completeInMs: 60_000 }, START);
    clocks.pause(START + 400, 'control', 3_600_000);
    expect(clocks.nextMs()).toBe(START + 60_000);
    expect(clocks.expired(START + 59_999)).toBeUndefined();
    expect(clocks.elapsed(START + 50_000)).toBe(400);
    expect(clocks.expired(START + 60_000)).toMatchObject({ cause: 'complete_by' });
    expect(clocks.resume(START + 30_400, 'control')).toBe(30_000);
    expect(clocks.expired(START + 30_499)).toBeUndefined();
    expect(clocks.expired(START + 30_500)).toMatchObject({ cause: 'idle' });
    expect(clocks.elapsed(START + 30_500)).toBe(500);
  });

  it('run again once no reason for a pause is left, and count overlapping pauses once (F77, F86)', () => {
    const clocks = new Clocks({ ...NONE, idleMs: 500 }, START);
    clocks.pause(START + 100, 'approval', 3_600_000);
    clocks.pause(START + 200, 'control', 3_600_000);
    expect(clocks.resume(START + 1_000, 'approval')).toBe(0);
    expect(clocks.isPausedFor('control')).toBe(true);
    expect(clocks.elapsed(START + 1_500)).toBe(100);
    expect(clocks.resume(START + 2_100, 'control')).toBe(2_000);
    expect(clocks.elapsed(START + 2_200)).toBe(200);
    expect(clocks.nextMs()).toBe(START + 2_500);
  });

  it('know the latest moment of the deadline: every pause that lasts takes as long as it may', () => {
    const clocks = new Clocks(NONE, START);
    expect(clocks.latestEndMs).toBe(START + 10_000);
    clocks.pause(START + 400, 'approval', 5_000);
    expect(clocks.latestEndMs).toBe(START + 15_000);
    clocks.pause(START + 1_400, 'control', 60_000);
    expect(clocks.latestEndMs).toBe(START + 71_000);
    clocks.resume(START + 2_400, 'control');
    expect(clocks.latestEndMs).toBe(START + 15_000);
    clocks.resume(START + 3_400, 'approval');
    expect(clocks.latestEndMs).toBe(START + 13_000);
  });

  it('have a shorter idle window for a while and then the decided one again (F117)', () => {
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

  it('take other limits while the attempt runs, also shorter ones', () => {
    const clocks = new Clocks(NONE, START);
    clocks.change({ ...NONE, deadlineMs: 1_000, idleMs: 300 });
    expect(clocks.expired(START + 300)).toMatchObject({ cause: 'idle' });
    expect(clocks.deadline).toBe(1_000);
  });

  it('report the larger clock that cut the deadline short as the cause (F91)', () => {
    expect(new Clocks({ ...NONE, deadlineCause: 'overall' }, 0).expired(10_000)).toMatchObject({ cause: 'overall' });
  });

  it('measure the longest gap between outputs, the one before the end included', () => {
    const clocks = new Clocks(NONE, START);
    clocks.output(START + 300);
    clocks.output(START + 400);
    expect(clocks.readings(START + 1_400)).toEqual({ outputs: 2, firstOutputMs: 300, maxGapMs: 1_000 });
  });

  it('expire at the moment they announced, whatever happens in between', () => {
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
