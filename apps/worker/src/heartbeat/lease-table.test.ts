import { attemptId, type JobId } from '@leeway/contract';
import { expect, it } from 'vitest';
import { LeaseTable } from './lease-table.js';

const job = 'j1' as JobId;
const opening = { job, token: 't1' };
const first = attemptId(job, 1);

it('vouches for what is being opened until the main loop knows it, and then for that (F74)', () => {
  const leases = new LeaseTable();
  leases.opening(opening, 100);
  expect([leases.attempts, leases.openings]).toMatchObject([[], [opening]]);
  leases.observe(leases.openings, [first]);
  expect([leases.attempts, leases.open]).toEqual([[], [first]]);
  leases.opened({ ...opening }, first);
  expect([leases.attempts, leases.openings]).toEqual([[first], []]);
  leases.expire(100);
  expect(leases.open).toEqual([first]);
  leases.expire(101);
  expect(leases.open).toEqual([]);
});

it('does not shorten what was vouched for since, and forgets what was not opened', () => {
  const leases = new LeaseTable();
  leases.opening(opening, 100);
  leases.renewLease(first, 500);
  leases.opened(opening, first);
  leases.expire(200);
  expect(leases.open).toEqual([first]);
  leases.release(first);
  leases.opening(opening, 300);
  leases.opening({ job, token: 't2' }, 300);
  leases.observe(leases.openings, [first, null]);
  leases.opened(opening, null);
  expect([leases.open, leases.openings]).toMatchObject([[], [{ job, token: 't2' }]]);
  leases.expire(301);
  expect(leases.openings).toEqual([]);
});

it('takes what a beat tells for the openings that it was asked for, also when there are others by then', () => {
  const leases = new LeaseTable();
  leases.opening(opening, 100);
  const asked = leases.openings;
  leases.opened(opening, null);
  leases.opening({ job: 'j2' as JobId, token: 't1' }, 100);
  leases.observe(asked, [first]);
  expect(leases.open).toEqual([]);
});
