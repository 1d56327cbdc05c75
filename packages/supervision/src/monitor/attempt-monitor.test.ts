import { type MonitorView, parsePolicy } from '@leeway/contract';
import { systemClock } from '@leeway/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HEALTHY, STUCK } from '../../testing/golden-streams.js';
import type { AttemptLimits } from '../attempt-limits.js';
import type { SupervisionEvent } from '../events.js';
import type { RunResult } from '../run-result.js';
import { type Extension, Supervisor } from '../supervisor.js';
import { AttemptMonitor } from './attempt-monitor.js';

const rules = parsePolicy().monitor;
const LIMITS: AttemptLimits = {
  deadlineMs: 20_000,
  hardCapMs: 3_600_000,
  lateMs: null,
  firstOutputMs: null,
  idleMs: 120_000,
  toolMs: null,
  caps: [],
};

beforeEach(() =>
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'performance'] }),
);
afterEach(() => vi.useRealTimers());

interface Setup {
  limits?: Partial<AttemptLimits>;
  acts?: boolean;
  /** The text that comes every 100 ms; undefined: none. */
  piece?: (n: number) => string | undefined;
}

/** An attempt with the stream of the test, read by a monitor. */
function watched({ limits = {}, acts = true, piece = () => undefined }: Setup) {
  const events: SupervisionEvent[] = [];
  const extensions: Extension[] = [];
  const supervisor: Supervisor<AttemptLimits> = new Supervisor({
    decision: { ...LIMITS, ...limits },
    graceMs: 50,
    clock: systemClock,
    requestExtension: (current) => Promise.resolve(monitor.extension(current)),
    onExtended: (extension) => void extensions.push(extension),
  });
  const monitor: AttemptMonitor = new AttemptMonitor({
    rules,
    acts,
    stuckBefore: 0,
    supervisor,
    events: { add: (event) => void events.push(event) },
  });
  const calls = supervisor.clockCalls();
  let n = 0;
  const output = setInterval(() => {
    const text = piece(n++);
    if (text === undefined) return;
    calls.output();
    monitor.output(text, 'text');
  }, 100);
  const looking = setInterval(() => monitor.look(), 1_000);
  let ended: RunResult<AttemptLimits> | undefined;
  void supervisor
    .run(() => new Promise((resolve) => supervisor.signal.addEventListener('abort', resolve)))
    .then((result) => (ended = result));
  return {
    ...{ supervisor, monitor, events, extensions },
    view: () => events.flatMap((event) => (event.type === 'monitor' ? [event.value as MonitorView] : [])).at(-1),
    async runFor(ms: number) {
      await vi.advanceTimersByTimeAsync(ms);
      return ended;
    },
    stop() {
      clearInterval(output);
      clearInterval(looking);
      supervisor.stop({ cause: 'cancelled', message: 'the test is over' });
    },
  };
}

const prose = (n: number) => HEALTHY[0]?.piece(n);
const TEN_MINUTES_MS = 600_000;

describe('a deadline that comes while the stream has something new', () => {
  it('is extended in bounded steps, at most to twice the decided deadline (F116)', async () => {
    const attempt = watched({ piece: prose });
    const ended = await attempt.runFor(TEN_MINUTES_MS);
    expect(attempt.extensions.map(({ deadlineMs }) => deadlineMs)).toEqual([25_000, 30_000, 35_000, 40_000]);
    expect(attempt.extensions[0]).toMatchObject({ by: 'monitor', reason: expect.stringContaining('something new') });
    expect(ended).toMatchObject({ outcome: 'stopped', reason: { cause: 'deadline' }, durationMs: 40_000 });
  });

  it('is not extended beyond the hard cap (F79, F116)', async () => {
    const attempt = watched({ limits: { hardCapMs: 22_500 }, piece: prose });
    expect(await attempt.runFor(TEN_MINUTES_MS)).toMatchObject({ durationMs: 22_500 });
    expect(attempt.extensions).toHaveLength(1);
  });

  it('is extended for eleven tokens (F119)', async () => {
    const tokens = 'I will now look into the three files that matter'.split(' ');
    const attempt = watched({
      limits: { deadlineMs: 2_000 },
      piece: (n) => (n < tokens.length ? `${tokens[n]} ` : undefined),
    });
    expect(await attempt.runFor(2_100)).toBeUndefined();
    expect(attempt.extensions).toHaveLength(1);
    attempt.stop();
  });

  it('is not extended in the mode watch, nor for a silent stream', async () => {
    for (const setup of [{ acts: false, piece: prose }, { piece: () => undefined }]) {
      const ended = await watched(setup).runFor(TEN_MINUTES_MS);
      expect(ended).toMatchObject({ reason: { cause: 'deadline' }, durationMs: 20_000 });
    }
  });

  it('is not extended for ever for a stream of a word a second (F79)', async () => {
    const drip = watched({ piece: (n) => (n % 10 === 0 ? 'drop ' : undefined) });
    const ended = await drip.runFor(TEN_MINUTES_MS);
    expect(ended).toMatchObject({ reason: { cause: 'deadline' } });
    expect(ended?.durationMs).toBeLessThanOrEqual(2 * LIMITS.deadlineMs);
  });
});

describe('an attempt that repeats itself', () => {
  const long = { deadlineMs: TEN_MINUTES_MS, idleMs: null };

  it('is stopped with the cause stuck after the patience of the policy (F115)', async () => {
    const attempt = watched({ limits: long, piece: (n) => STUCK[0]?.piece(n) });
    expect(await attempt.runFor(rules.patienceMs)).toBeUndefined();
    const ended = await attempt.runFor(2 * rules.patienceMs);
    expect(ended).toMatchObject({
      outcome: 'stopped',
      reason: { cause: 'stuck', message: expect.stringMatching(/^its text repeats itself, for \d+ s$/) },
    });
  });

  it('is only reported in the mode watch (F115)', async () => {
    const attempt = watched({ limits: long, acts: false, piece: (n) => STUCK[0]?.piece(n) });
    expect(await attempt.runFor(TEN_MINUTES_MS - 1)).toBeUndefined();
    expect(attempt.view()).toMatchObject({ stuck: { what: 'repeated_text' } });
    attempt.stop();
  });

  it('has a shorter idle window meanwhile, and the same deadline (F117)', async () => {
    const attempt = watched({
      limits: { ...long, idleMs: 120_000 },
      piece: (n) => (n < 250 ? STUCK[0]?.piece(n) : undefined),
    });
    const ended = await attempt.runFor(25_000 + 60_000 + 1_000);
    expect(attempt.view()).toMatchObject({ idleMs: 60_000, advice: 'shorten' });
    expect(attempt.supervisor.deadlineMs).toBe(TEN_MINUTES_MS);
    expect(ended).toMatchObject({ reason: { cause: 'idle' }, decision: { idleMs: 60_000 } });
  });
});

describe('words that sum up', () => {
  it('shorten the idle window until something else follows (F118)', async () => {
    const attempt = watched({
      limits: { deadlineMs: TEN_MINUTES_MS },
      piece: (n) => (n === 0 ? 'In summary, all is well.\n' : n > 300 ? prose(n) : undefined),
    });
    await attempt.runFor(29_000);
    expect(attempt.view()).toMatchObject({ intent: 'completion', idleMs: 60_000 });
    await attempt.runFor(20_000);
    expect(attempt.view()).toMatchObject({ intent: 'explanation', idleMs: null });
    attempt.stop();
  });

  it('do not shorten the idle window below the floor (F117)', async () => {
    const attempt = watched({
      limits: { deadlineMs: TEN_MINUTES_MS, idleMs: 30_000 },
      piece: (n) => (n === 0 ? 'In summary, all is well.\n' : undefined),
    });
    expect(await attempt.runFor(29_900)).toBeUndefined();
    expect(attempt.view()).toMatchObject({ intent: 'completion', idleMs: null });
    attempt.stop();
  });
});

describe('the events of a monitor', () => {
  it('come when the finding changes, not for every word, and at the end (F112)', async () => {
    const attempt = watched({ limits: { deadlineMs: TEN_MINUTES_MS, idleMs: null }, piece: prose });
    await attempt.runFor(60_000);
    expect(attempt.events).toMatchObject([{ type: 'monitor', value: { intent: 'explanation', advice: 'extend' } }]);
    attempt.monitor.close();
    expect(attempt.events.at(-1)).toMatchObject({ type: 'monitor_view', value: { extensions: 0, extendedMs: 0 } });
    attempt.stop();
  });

  it('do not come at all for an attempt without a stream (F112)', async () => {
    const attempt = watched({ limits: { deadlineMs: TEN_MINUTES_MS, idleMs: null }, piece: () => undefined });
    await attempt.runFor(60_000);
    attempt.monitor.close();
    expect(attempt.events).toEqual([]);
    attempt.stop();
  });
});
