import { describe, expect, it } from 'vitest';
import { decide } from './decide.js';
import {
  ended,
  endedJob,
  killed,
  policyOf,
  request,
  sample,
  StoredHistory,
  totalsOf,
} from '../../testing/written-history.js';
import { observe } from '../observe/observe.js';
import { decodeSample } from '../history/sample.js';

const policy = policyOf();
const known = new StoredHistory(policy).add(Array.from({ length: 100 }, (_, i) => sample(10_000 + 10 * i)));
const decided = (profile?: 'speed' | 'balanced' | 'quality', more = {}) =>
  decide(request(known, policy, { profile, ...more }));

describe('the profile of a submission', () => {
  it('changes the learned deadline of that job, and the sentence has the factor (F32)', () => {
    const plain = decided();
    expect(decided('balanced')).toEqual(plain);
    expect(decided('speed').deadlineMs).toBeCloseTo(0.75 * plain.deadlineMs, -1);
    expect(decided('quality').deadlineMs).toBeCloseTo(1.5 * plain.deadlineMs, -1);
    expect(decided('speed')).toMatchObject({ profile: { name: 'speed', margin: 0.75 }, expectedMs: plain.expectedMs });
    expect(decided('quality').sentence).toContain('The profile quality makes that 1.5 times what it would be.');
    expect(plain.sentence).not.toContain('profile');
  });

  it('changes the windows for output and silence, except those of the submission (F32)', () => {
    const kind = policy.kinds['chat'];
    if (kind === undefined) throw new Error('the default policy has the kind chat');
    const long = new StoredHistory(policy).add(Array.from({ length: 30 }, () => sample(90_000)));
    const windows = decide(request(long, policy, { kind, profile: 'speed', limits: { firstOutputMs: 5_000 } }));
    expect(windows).toMatchObject({ firstOutputMs: 5_000, idleMs: 0.75 * (kind.idleMs ?? 0) });
  });

  it('changes neither a timeout of the submission nor the default of a class without history', () => {
    expect(decided('speed', { timeoutMs: 7_000 })).toMatchObject({ deadlineMs: 7_000, basis: 'explicit' });
    expect(decided('speed', { timeoutMs: 7_000 }).profile).toBeUndefined();
    const empty = new StoredHistory(policy);
    expect(decide(request(empty, policy, { profile: 'quality' })).deadlineMs).toBe(
      decide(request(empty, policy)).deadlineMs,
    );
  });

  it('changes nothing in the history: a kill that only a tight profile caused is no wrong kill of the class (F32)', () => {
    const [plain, speed] = [decided(), decided('speed')];
    const tookMs = (speed.deadlineMs + plain.deadlineMs) / 2;
    const retried = [killed(speed), ended(decided('speed', { attempt: 2 }), { number: 2, durationMs: tookMs })];
    const [text = ''] = totalsOf(endedJob(retried));
    expect(decodeSample(text)?.deadlineMs).toBeGreaterThan(tookMs);
    // It was a kill of a healthy job all the same, and counts as one.
    expect(observe(endedJob(retried)).counters).toEqual({ succeeded: 1, falseKills: 1 });
  });

  it('makes two kills under a tight profile count as longer than that, not as a hang (F32)', () => {
    const speed = decided('speed');
    const again = { ...speed, deadlineMs: speed.deadlineMs + 1 };
    expect(totalsOf(endedJob([killed(speed), killed(again, 2)]))[0]).toMatch(/^c /);
    const plain = decided();
    expect(totalsOf(endedJob([killed(plain), killed({ ...plain, deadlineMs: 2 * plain.deadlineMs }, 2)]))[0]).toMatch(
      /^h /,
    );
  });
});
