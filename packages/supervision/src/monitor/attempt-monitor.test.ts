import { type Decision, type MonitorView, parsePolicy } from '@leeway/contract';
import type { SupervisionEvent } from '../event-sink.js';
import { systemClock } from '@leeway/runtime';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HEALTHY, STUCK } from '../../testing/golden-streams.js';
import type { RunResult } from '../run-result.js';
import type { Extension } from '../extension.js';
import { Supervisor } from '../supervisor.js';
import { AttemptMonitor } from './attempt-monitor.js';

const rules = parsePolicy().monitor;
const DECISION = {
  deadlineMs: 20_000,
  hardCapMs: 3_600_000,
  lateMs: null,
  firstOutputMs: null,
  idleMs: 120_000,
  toolMs: null,
  caps: [],
} as unknown as Decision;

beforeEach(() =>
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'performance'] }),
);
afterEach(() => vi.useRealTimers());

interface Setup {
  decision?: Partial<Decision>;
  acts?: boolean;
  /** The text that comes every 100 ms; undefined: none. */
  says?: (n: number) => string | undefined;
}

/** An attempt that says what the test wants until it is ended, read by a monitor. */
function watched({ decision = {}, acts = true, says = () => undefined }: Setup) {
  const reports: SupervisionEvent[] = [];
  const extensions: Extension[] = [];
  const supervisor: Supervisor = new Supervisor({
    decision: { ...DECISION, ...decision },
    graceMs: 50,
    clock: systemClock,
    askAgain: (current) => Promise.resolve(monitor.extension(current)),
    onExtended: (extension) => void extensions.push(extension),
    onLate: () => undefined,
  });
  const reporter = { add: (report: SupervisionEvent) => void reports.push(report) };
  const monitor: AttemptMonitor = new AttemptMonitor({ rules, acts, stuckBefore: 0, supervisor, reporter });
  const calls = supervisor.clockCalls();
  let n = 0;
  const speaking = setInterval(() => {
    const text = says(n++);
    if (text === undefined) return;
    calls.output();
    monitor.output(text, 'text');
  }, 100);
  const looking = setInterval(() => monitor.look(), 1_000);
  let ended: RunResult | undefined;
  void supervisor
    .run(() => new Promise((resolve) => supervisor.signal.addEventListener('abort', resolve)))
    .then((ending) => (ended = ending));
  return {
    ...{ supervisor, monitor, reports, extensions },
    view: () => reports.flatMap((report) => (report.type === 'monitor' ? [report.value as MonitorView] : [])).at(-1),
    async runFor(ms: number) {
      await vi.advanceTimersByTimeAsync(ms);
      return ended;
    },
    stop() {
      clearInterval(speaking);
      clearInterval(looking);
      supervisor.stop({ cause: 'cancelled', message: 'the test is over' });
    },
  };
}

const prose = (n: number) => HEALTHY[0]?.piece(n);
const TEN_MINUTES_MS = 600_000;

describe('a deadline that comes while there is something new', () => {
  it('is moved in bounded steps, by time and not for tokens, and at most to twice what was decided (F116)', async () => {
    const attempt = watched({ says: prose });
    const ended = await attempt.runFor(TEN_MINUTES_MS);
    expect(attempt.extensions.map(({ deadlineMs }) => deadlineMs)).toEqual([25_000, 30_000, 35_000, 40_000]);
    expect(attempt.extensions[0]).toMatchObject({ by: 'monitor', reason: expect.stringContaining('something new') });
    expect(ended).toMatchObject({ outcome: 'stopped', reason: { cause: 'deadline' }, durationMs: 40_000 });
  });

  it('never goes beyond the hard cap (F79, F116)', async () => {
    const attempt = watched({ decision: { hardCapMs: 22_500 }, says: prose });
    expect(await attempt.runFor(TEN_MINUTES_MS)).toMatchObject({ durationMs: 22_500 });
    expect(attempt.extensions).toHaveLength(1);
  });

  it('is moved for eleven tokens, and the attempt goes on (F119)', async () => {
    const tokens = 'I will now look into the three files that matter'.split(' ');
    const attempt = watched({
      decision: { deadlineMs: 2_000 },
      says: (n) => (n < tokens.length ? `${tokens[n]} ` : undefined),
    });
    expect(await attempt.runFor(2_100)).toBeUndefined();
    expect(attempt.extensions).toHaveLength(1);
    attempt.stop();
  });

  it('is kept where the stream is only watched, and where it is silent', async () => {
    for (const setup of [{ acts: false, says: prose }, { says: () => undefined }]) {
      const ended = await watched(setup).runFor(TEN_MINUTES_MS);
      expect(ended).toMatchObject({ reason: { cause: 'deadline' }, durationMs: 20_000 });
    }
  });

  it('is kept for a drip that never ends (F79)', async () => {
    const drip = watched({ says: (n) => (n % 10 === 0 ? 'drop ' : undefined) });
    const ended = await drip.runFor(TEN_MINUTES_MS);
    expect(ended).toMatchObject({ reason: { cause: 'deadline' } });
    expect(ended?.durationMs).toBeLessThanOrEqual(2 * DECISION.deadlineMs);
  });
});

describe('an attempt that goes in circles', () => {
  const long = { deadlineMs: TEN_MINUTES_MS, idleMs: null };

  it('is ended with the cause stuck, once all patience is used up (F115)', async () => {
    const attempt = watched({ decision: long, says: (n) => STUCK[0]?.piece(n) });
    expect(await attempt.runFor(rules.patienceMs)).toBeUndefined();
    const ended = await attempt.runFor(2 * rules.patienceMs);
    expect(ended).toMatchObject({
      outcome: 'stopped',
      reason: { cause: 'stuck', message: expect.stringMatching(/^its text repeats itself, for \d+ s$/) },
    });
  });

  it('is only shown where the stream is only watched (F115)', async () => {
    const attempt = watched({ decision: long, acts: false, says: (n) => STUCK[0]?.piece(n) });
    expect(await attempt.runFor(TEN_MINUTES_MS - 1)).toBeUndefined();
    expect(attempt.view()).toMatchObject({ stuck: { what: 'repeated_text' } });
    attempt.stop();
  });

  it('has a shorter idle window meanwhile, and never a shorter deadline (F117)', async () => {
    const attempt = watched({
      decision: { ...long, idleMs: 120_000 },
      says: (n) => (n < 250 ? STUCK[0]?.piece(n) : undefined),
    });
    const ended = await attempt.runFor(25_000 + 60_000 + 1_000);
    expect(attempt.view()).toMatchObject({ idleMs: 60_000, advice: 'shorten' });
    expect(attempt.supervisor.deadlineMs).toBe(TEN_MINUTES_MS);
    expect(ended).toMatchObject({ reason: { cause: 'idle' }, decision: { idleMs: 60_000 } });
  });
});

describe('closing words', () => {
  it('shorten a long silence and nothing else, and what comes after them counts (F118)', async () => {
    const attempt = watched({
      decision: { deadlineMs: TEN_MINUTES_MS },
      says: (n) => (n === 0 ? 'In summary, all is well.\n' : n > 300 ? prose(n) : undefined),
    });
    await attempt.runFor(29_000);
    expect(attempt.view()).toMatchObject({ intent: 'completion', idleMs: 60_000 });
    await attempt.runFor(20_000);
    expect(attempt.view()).toMatchObject({ intent: 'explanation', idleMs: null });
    attempt.stop();
  });

  it('never shorten silence below the floor (F117)', async () => {
    const attempt = watched({
      decision: { deadlineMs: TEN_MINUTES_MS, idleMs: 30_000 },
      says: (n) => (n === 0 ? 'In summary, all is well.\n' : undefined),
    });
    expect(await attempt.runFor(29_900)).toBeUndefined();
    expect(attempt.view()).toMatchObject({ intent: 'completion', idleMs: null });
    attempt.stop();
  });
});

describe('what is told', () => {
  it('is told when it changes, not for every word, and kept at the end (F112)', async () => {
    const attempt = watched({ decision: { deadlineMs: TEN_MINUTES_MS, idleMs: null }, says: prose });
    await attempt.runFor(60_000);
    expect(attempt.reports).toMatchObject([{ type: 'monitor', value: { intent: 'explanation', advice: 'extend' } }]);
    attempt.monitor.close();
    expect(attempt.reports.at(-1)).toMatchObject({ type: 'monitor_view', value: { extensions: 0, extendedMs: 0 } });
    attempt.stop();
  });
});
