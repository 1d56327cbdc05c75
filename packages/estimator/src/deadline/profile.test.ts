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
const asked = (profile?: 'speed' | 'balanced' | 'quality', more = {}) =>
  decide(request(known, policy, { profile, ...more }));

describe('the profile of a submission', () => {
  it('moves the learned deadline of that job, and the sentence names it (F32)', () => {
    const plain = asked();
    expect(asked('balanced')).toEqual(plain);
    expect(asked('speed').deadlineMs).toBeCloseTo(0.75 * plain.deadlineMs, -1);
    expect(asked('quality').deadlineMs).toBeCloseTo(1.5 * plain.deadlineMs, -1);
    expect(asked('speed')).toMatchObject({ profile: { name: 'speed', margin: 0.75 }, expectedMs: plain.expectedMs });
    expect(asked('quality').sentence).toContain('The profile quality makes that 1.5 times what it would be.');
    expect(plain.sentence).not.toContain('profile');
  });

  it('moves the windows for output and silence, but none that the submission named (F32)', () => {
    const kind = policy.kinds['chat'];
    if (kind === undefined) throw new Error('the default policy has the kind chat');
    const long = new StoredHistory(policy).add(Array.from({ length: 30 }, () => sample(90_000)));
    const windows = decide(request(long, policy, { kind, profile: 'speed', limits: { firstOutputMs: 5_000 } }));
    expect(windows).toMatchObject({ firstOutputMs: 5_000, idleMs: 0.75 * (kind.idleMs ?? 0) });
  });

  it('moves neither what the submission named nor a default that nothing has been learned for', () => {
    expect(asked('speed', { timeoutMs: 7_000 })).toMatchObject({ deadlineMs: 7_000, basis: 'explicit' });
    expect(asked('speed', { timeoutMs: 7_000 }).profile).toBeUndefined();
    const empty = new StoredHistory(policy);
    expect(decide(request(empty, policy, { profile: 'quality' })).deadlineMs).toBe(
      decide(request(empty, policy)).deadlineMs,
    );
  });

  it('teaches the class nothing: a kill that only a tight profile caused is no wrong kill of it (F32)', () => {
    const [plain, speed] = [asked(), asked('speed')];
    const tookMs = (speed.deadlineMs + plain.deadlineMs) / 2;
    const retried = [killed(speed), ended(asked('speed', { attempt: 2 }), { number: 2, durationMs: tookMs })];
    const [text = ''] = totalsOf(endedJob(retried));
    expect(decodeSample(text)?.deadlineMs).toBeGreaterThan(tookMs);
    // It was a kill of a healthy job all the same, and is counted.
    expect(observe(endedJob(retried)).counters).toEqual({ succeeded: 1, falseKills: 1 });
  });

  it('lets two kills under a tight profile count as longer than that, and not as a hang (F32)', () => {
    const speed = asked('speed');
    const again = { ...speed, deadlineMs: speed.deadlineMs + 1 };
    expect(totalsOf(endedJob([killed(speed), killed(again, 2)]))[0]).toMatch(/^c /);
    const plain = asked();
    expect(totalsOf(endedJob([killed(plain), killed({ ...plain, deadlineMs: 2 * plain.deadlineMs }, 2)]))[0]).toMatch(
      /^h /,
    );
  });
});
