import { describe, expect, it } from 'vitest';
import { LivenessWindow } from './liveness.js';

const WINDOW_MS = 1_200;

/** Checks at every step until `untilMs`; returns the time of the first check at which the window has expired. */
function expiredAt(window: LivenessWindow, fromMs: number, untilMs: number): number | null {
  for (let now = fromMs; now <= untilMs; now += window.checkEveryMs) if (window.hasExpired(now)) return now;
  return null;
}

describe('LivenessWindow', () => {
  it('does not expire before the first ping', () => {
    expect(expiredAt(new LivenessWindow(WINDOW_MS), 0, WINDOW_MS * 10)).toBeNull();
  });

  it('expires when the window has passed, and at most one check later', () => {
    const window = new LivenessWindow(WINDOW_MS);
    window.ping(0);
    const expiredMs = expiredAt(window, 0, WINDOW_MS * 10);
    expect(expiredMs).toBeGreaterThanOrEqual(WINDOW_MS);
    expect(expiredMs).toBeLessThanOrEqual(WINDOW_MS + window.checkEveryMs);
  });

  it('starts anew with every ping', () => {
    const window = new LivenessWindow(WINDOW_MS);
    for (let now = 0; now < WINDOW_MS * 5; now += window.checkEveryMs) {
      if (now % 200 === 0) window.ping(now);
      expect(window.hasExpired(now)).toBe(false);
    }
  });

  it('grants one more full window after a gap in its own checks, as when the machine was suspended', () => {
    const window = new LivenessWindow(WINDOW_MS);
    window.ping(0);
    window.hasExpired(0);
    const wokenMs = 3_600_000;
    expect(window.hasExpired(wokenMs)).toBe(false);
    const expiredMs = expiredAt(window, wokenMs + window.checkEveryMs, wokenMs * 2);
    expect(expiredMs).toBeGreaterThanOrEqual(wokenMs + WINDOW_MS);
    expect(expiredMs).toBeLessThanOrEqual(wokenMs + WINDOW_MS + window.checkEveryMs);
  });

  it('is not extended by checks that are only a little late', () => {
    const window = new LivenessWindow(WINDOW_MS);
    window.ping(0);
    const lateMs = window.checkEveryMs * 4;
    let checkedMs = 0;
    while (!window.hasExpired(checkedMs)) checkedMs += lateMs;
    expect(checkedMs).toBeLessThanOrEqual(WINDOW_MS + lateMs);
  });
});
