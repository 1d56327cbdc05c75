import { describe, expect, it } from 'vitest';
import { LoopWatch } from './loop-watch.js';

const LIMITS = { loopFrozenMs: 5_000 };
const EVERY_MS = 250;

function lookFor(watch: LoopWatch, from: number, ms: number, pulse: (i: number) => number): string[] {
  const states: string[] = [];
  for (let at = from; at <= from + ms; at += EVERY_MS) states.push(watch.look(pulse(at), at).state);
  return states;
}

describe('watching the main loop', () => {
  it('reports a loop with a changing pulse as alive', () => {
    expect(new Set(lookFor(new LoopWatch(LIMITS, EVERY_MS), 0, 20_000, (at) => at))).toEqual(new Set(['alive']));
  });

  it('reports a blocked loop once, and not as frozen', () => {
    const states = lookFor(new LoopWatch(LIMITS, EVERY_MS), 0, 4_500, () => 7);
    expect(states.filter((state) => state === 'paused')).toHaveLength(1);
    expect(states).not.toContain('frozen');
  });

  it('reports a loop as frozen after five seconds without a pulse (F96)', () => {
    expect(lookFor(new LoopWatch(LIMITS, EVERY_MS), 0, 5_500, () => 7)).toContain('frozen');
  });

  it('counts from zero again after a pulse', () => {
    const watch = new LoopWatch(LIMITS, EVERY_MS);
    lookFor(watch, 0, 4_500, () => 7);
    expect(watch.look(8, 4_750).state).toBe('alive');
    expect(lookFor(watch, 5_000, 4_500, () => 8)).not.toContain('frozen');
  });

  it('does not count the time in which the whole process was suspended', () => {
    const watch = new LoopWatch(LIMITS, EVERY_MS);
    watch.look(1, 0);
    expect(watch.look(1, 60_000).state).toBe('alive');
    expect(watch.look(2, 60_250).state).toBe('alive');
  });
});
