import { attemptId, type JobId } from '@leeway/contract';
import { expect, it } from 'vitest';
import { Vouched } from './lease-table.js';

const job = 'j1' as JobId;
const opening = { job, token: 't1' };
const first = attemptId(job, 1);

it('vouches for what is being opened until the main loop knows it, and then for that (F74)', () => {
  const vouched = new Vouched();
  vouched.opening(opening, 100);
  expect([vouched.attempts, vouched.openings]).toMatchObject([[], [opening]]);
  vouched.learn(vouched.openings, [first]);
  expect([vouched.attempts, vouched.open]).toEqual([[], [first]]);
  vouched.opened({ ...opening }, first);
  expect([vouched.attempts, vouched.openings]).toEqual([[first], []]);
  vouched.expire(100);
  expect(vouched.open).toEqual([first]);
  vouched.expire(101);
  expect(vouched.open).toEqual([]);
});

it('does not shorten what was vouched for since, and forgets what was not opened', () => {
  const vouched = new Vouched();
  vouched.opening(opening, 100);
  vouched.vouch(first, 500);
  vouched.opened(opening, first);
  vouched.expire(200);
  expect(vouched.open).toEqual([first]);
  vouched.release(first);
  vouched.opening(opening, 300);
  vouched.opening({ job, token: 't2' }, 300);
  vouched.learn(vouched.openings, [first, null]);
  vouched.opened(opening, null);
  expect([vouched.open, vouched.openings]).toMatchObject([[], [{ job, token: 't2' }]]);
  vouched.expire(301);
  expect(vouched.openings).toEqual([]);
});

it('takes what a beat tells for the openings that it was asked for, also when there are others by then', () => {
  const vouched = new Vouched();
  vouched.opening(opening, 100);
  const asked = vouched.openings;
  vouched.opened(opening, null);
  vouched.opening({ job: 'j2' as JobId, token: 't1' }, 100);
  vouched.learn(asked, [first]);
  expect(vouched.open).toEqual([]);
});
