import { describe, expect, it } from 'vitest';
import { Silence } from './liveness-window.js';

const WINDOW_MS = 1_200;

/** Looks at every step until `untilMs`; returns the time of the first look that says "silent". */
function firstSilentLook(silence: Silence, fromMs: number, untilMs: number): number | null {
  for (let now = fromMs; now <= untilMs; now += silence.lookEveryMs) if (silence.look(now)) return now;
  return null;
}

describe('Silence', () => {
  it('means nothing before the worker was heard for the first time', () => {
    expect(firstSilentLook(new Silence(WINDOW_MS), 0, WINDOW_MS * 10)).toBeNull();
  });

  it('is noticed when the window has passed, and at most one look later', () => {
    const silence = new Silence(WINDOW_MS);
    silence.heard(0);
    const noticedMs = firstSilentLook(silence, 0, WINDOW_MS * 10);
    expect(noticedMs).toBeGreaterThanOrEqual(WINDOW_MS);
    expect(noticedMs).toBeLessThanOrEqual(WINDOW_MS + silence.lookEveryMs);
  });

  it('starts anew with every byte', () => {
    const silence = new Silence(WINDOW_MS);
    for (let now = 0; now < WINDOW_MS * 5; now += silence.lookEveryMs) {
      if (now % 200 === 0) silence.heard(now);
      expect(silence.look(now)).toBe(false);
    }
  });

  it('grants one more full window after a gap in its own looks: the machine was suspended', () => {
    const silence = new Silence(WINDOW_MS);
    silence.heard(0);
    silence.look(0);
    const wokenMs = 3_600_000;
    expect(silence.look(wokenMs)).toBe(false);
    const noticedMs = firstSilentLook(silence, wokenMs + silence.lookEveryMs, wokenMs * 2);
    expect(noticedMs).toBeGreaterThanOrEqual(wokenMs + WINDOW_MS);
    expect(noticedMs).toBeLessThanOrEqual(wokenMs + WINDOW_MS + silence.lookEveryMs);
  });

  it('is not put off by looks that are only a little late', () => {
    const silence = new Silence(WINDOW_MS);
    silence.heard(0);
    const lateMs = silence.lookEveryMs * 4;
    let noticedMs = 0;
    while (!silence.look(noticedMs)) noticedMs += lateMs;
    expect(noticedMs).toBeLessThanOrEqual(WINDOW_MS + lateMs);
  });
});
