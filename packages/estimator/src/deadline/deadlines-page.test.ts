import { readFileSync } from 'node:fs';
import { parsePolicy, RING_LENGTH } from '@leeway/contract';
import { describe, expect, it, test } from 'vitest';
import { decide } from './decide.js';
import type { DecisionRequest } from './decision-request.js';
import { ALARM_WINDOW } from './false-kill-alarm.js';
import { MARGIN_SAMPLES } from './margin.js';
import { TUNING } from './rules.js';
import { classify, type JobClass } from '../classify/job-class.js';
import { policyOf, request, sample, StoredHistory } from '../../testing/written-history.js';

const page = readFileSync(new URL('../../../../docs/deadlines.md', import.meta.url), 'utf8');
const policy = policyOf();
const SECOND_MS = 1_000;

const runs = (/^ {4}([\d. ]+)$/m.exec(page)?.[1] ?? '').split(' ').map((text) => sample(SECOND_MS * Number(text)));
const command = (...argv: string[]): JobClass => classify({ kind: 'command', input: { argv } });
const fetch = command('git', 'fetch');
const history = () => new StoredHistory(policy).add(runs, fetch);

const cases: Record<string, [StoredHistory | null, Partial<DecisionRequest>]> = {
  '`git fetch`': [history(), {}],
  '`git fetch`, second attempt after a kill': [history(), { attempt: 2, previousDeadlineMs: 12_400 }],
  '`git fetch`, after two wrong kills': [wronglyKilledTwice(), {}],
  '`git fetch` with `timeoutMs: 7000`': [history(), { timeoutMs: 7_000 }],
  '`git fetch` with `timeoutMs: "none"`': [history(), { timeoutMs: 'none' }],
  '`git fetch` in a tier with attempts of at most 10 s': [history(), { capsMs: { tier: 10_000 } }],
  '`git push`, which has never run': [history(), { jobClass: command('git', 'push') }],
  '`git status`, which took 0.1 s each time': [
    history().add(Array(20).fill(sample(100)), command('git', 'status')),
    { jobClass: command('git', 'status') },
  ],
  '`ffmpeg`, which has never run': [history(), { jobClass: command('ffmpeg') }],
  '`git fetch`, while Redis does not reply': [null, {}],
};

/** The same runs, two of which were killed first at a deadline that was too short. */
function wronglyKilledTwice(): StoredHistory {
  return new StoredHistory(policy).add(
    runs.map((run, i) => (i < 2 ? { ...run, deadlineMs: run.valueMs / 2 } : run)),
    fetch,
  );
}

describe('docs/deadlines.md', () => {
  const rows = [...page.matchAll(/^\| (`.+?) \| ([\d.]+) s \|/gm)].map(
    ([, job = '', seconds]) => [job, Number(seconds)] as const,
  );

  it('has a row for every case of this test', () => {
    expect(rows.map(([job]) => job)).toEqual(Object.keys(cases));
  });

  test.each(rows)('%s: %d s (F1, F2, F46)', (job, seconds) => {
    const [known, more] = cases[job] ?? [null, {}];
    expect(decide(request(known, policy, { jobClass: fetch, ...more })).deadlineMs).toBe(
      Math.round(SECOND_MS * seconds),
    );
  });

  it('quotes the sentence of the decision and its expected durations', () => {
    const decision = decide(request(history(), policy, { jobClass: fetch }));
    expect(/^> (.+)$/m.exec(page)?.[1]).toBe(decision.sentence);
    expect(page).toContain(`no longer than ${(decision.expectedMs ?? 0) / SECOND_MS} s: that is the *expected*`);
    expect(page).toContain(`no longer than ${(decision.lateMs ?? 0) / SECOND_MS} s;\none`);
  });

  it('quotes the sentence of an attempt without a timeout, and the limits that apply then (F23)', () => {
    const decision = decide(request(history(), policy, { jobClass: fetch, timeoutMs: 'none' }));
    expect([...page.matchAll(/^> (.+)$/gm)][1]?.[1]).toBe(decision.sentence);
    const { noTimeoutIdleMs, maxAttemptMs } = policy.limits;
    expect({ noTimeoutIdleMs, maxAttemptMs }).toEqual({ noTimeoutIdleMs: 600_000, maxAttemptMs: 86_400_000 });
  });

  it('has examples of policies that are accepted, and the defaults', () => {
    const examples = [...page.matchAll(/^ {4}(\{.+\})$/gm)].map(([, text = '']) => JSON.parse(text) as unknown);
    expect(examples).toHaveLength(2);
    for (const example of examples) expect(() => parsePolicy(example)).not.toThrow();
    const { falseKillAlarm, margin } = policy.estimator;
    expect({ falseKillAlarm, margin, ...TUNING, ALARM_WINDOW, RING_LENGTH, MARGIN_SAMPLES }).toMatchObject({
      falseKillAlarm: 0.1,
      margin: 2,
      quantile: 0.95,
      cautionStep: 0.35,
      ALARM_WINDOW: 100,
      RING_LENGTH: 200,
      MARGIN_SAMPLES: 200,
    });
  });
});
