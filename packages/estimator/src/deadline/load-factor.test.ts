import { describe, expect, it } from 'vitest';
import { decide } from './decide.js';
import { LOAD_MAX, LOAD_WEIGHT } from './load-factor.js';
import { classify } from '../classify/job-class.js';
import { observe } from '../observe/observe.js';
import { loadRingKeys } from '../history/ring-key.js';
import { encodeSample } from '../history/sample.js';
import {
  ended,
  endedJob,
  GIT_STATUS,
  NOW_MS,
  policyOf,
  request,
  sample,
  StoredHistory,
  TENANT,
} from '../../testing/written-history.js';

const policy = policyOf();
const [RESOURCE = '', FLEET = ''] = loadRingKeys(TENANT, GIT_STATUS);
const usual = Array.from({ length: 100 }, () => sample(10_000));

/** A history whose newest runs took so many times the expected duration, oldest first, each on a worker. */
function historyWith(runs: readonly { times: number; from: string }[], ring = RESOURCE): StoredHistory {
  const history = new StoredHistory(policy).add(usual);
  for (const { times, from } of runs) history.push(ring, encodeSample(sample(times, { from })));
  return history;
}

const twenty = (times: number, from: (nth: number) => string = () => 'w1') =>
  Array.from({ length: 20 }, (_, nth) => ({ times, from: from(nth) }));
const onFour = (nth: number) => `w${nth % 4}`;
const decided = (history: StoredHistory) => decide(request(history, policy));

describe('the load factor', () => {
  it('lengthens the deadline while the same executable is slower everywhere, and shows the measurement (F67)', () => {
    const plain = decided(historyWith(twenty(1, onFour)));
    const loaded = decided(historyWith(twenty(4, onFour)));
    expect(plain.loadFactor).toBe(1);
    expect(loaded.loadFactor).toBeCloseTo(4 ** LOAD_WEIGHT, 6);
    expect(loaded.deadlineMs).toBe(Math.round(plain.deadlineMs * loaded.loadFactor));
    expect(loaded.baseMs).toBe(plain.baseMs);
    expect(loaded.loadEvidence).toBe('the last 20 runs of command/git on 4 workers took 4.0 times as long as expected');
    expect(loaded.sentence).toContain('took 4.0 times as long as expected');
  });

  it('is 1 again as soon as work is quick again, and the learned figures are unchanged (E10)', () => {
    const recovered = decided(historyWith([...twenty(4), ...twenty(1)]));
    expect(recovered).toEqual(decided(historyWith(twenty(1))));
  });

  it('does not change with one worker of four that is ten times slower', () => {
    const oneSick = decided(
      historyWith(twenty(1, onFour).map(({ from }) => ({ from, times: from === 'w3' ? 10 : 1 }))),
    );
    expect(oneSick.deadlineMs).toBe(decided(historyWith(twenty(1, onFour))).deadlineMs);
  });

  it('comes from all work of the tenant where the executable has not run lately', () => {
    expect(decided(historyWith(twenty(9), FLEET))).toMatchObject({
      loadFactor: 3,
      loadEvidence: 'the last 20 runs of all work of this tenant took 9.0 times as long as expected',
    });
    const both = historyWith(twenty(9), FLEET);
    for (const { times, from } of twenty(1)) both.push(RESOURCE, encodeSample(sample(times, { from })));
    expect(decided(both).loadFactor).toBe(1);
  });

  it('does not count for an extension, which follows durations', () => {
    const atExpiry = (history: StoredHistory) => decide(request(history, policy, { elapsedMs: 20_000 }));
    expect(atExpiry(historyWith(twenty(4)))).toEqual(atExpiry(historyWith(twenty(1))));
  });

  it('is bounded, never shortens, and needs enough results', () => {
    expect(decided(historyWith(twenty(1_000))).loadFactor).toBe(LOAD_MAX);
    expect(decided(historyWith(twenty(0.1))).loadFactor).toBe(1);
    expect(decided(historyWith(twenty(9).slice(1))).loadFactor).toBe(1);
  });

  it('is measured against the expected duration without load, so that it does not count twice', () => {
    const decision = { ...decided(historyWith(twenty(4))), expectedMs: 20_000, loadFactor: 2 };
    const observations = observe(endedJob([ended(decision, { durationMs: 30_000, worker: 'host-7#abc' })], { policy }));
    const entries = observations.rings
      .filter(({ key }) => key === RESOURCE || key === FLEET)
      .map(({ sample: text }) => text);
    const expected = encodeSample({
      valueMs: 3,
      kind: 'exact',
      deadlineMs: 0,
      baseMs: 0,
      atMs: NOW_MS,
      from: 'ost-7abc',
    });
    expect(entries).toEqual([expected, expected]);
  });

  it('of another tenant has no effect', () => {
    const history = new StoredHistory(policy).add(usual);
    const other = loadRingKeys('other', classify({ kind: 'command', input: { argv: ['git', 'status'] } }));
    for (const key of other)
      for (const { times, from } of twenty(9)) history.push(key, encodeSample(sample(times, { from })));
    expect(decided(history).loadFactor).toBe(1);
  });
});
