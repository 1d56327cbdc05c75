import { attemptId, type JobId } from '@leeway/contract';
import { expect, it } from 'vitest';
import { LeaseTable } from './lease-table.js';

const job = 'j1' as JobId;
const claim = { job, token: 't1' };
const first = attemptId(job, 1);

it('holds the lease of a claim until the main loop has read the reply, and then that of its attempt (F74)', () => {
  const leases = new LeaseTable();
  leases.claimStarted(claim, 100);
  expect([leases.attempts, leases.claims]).toMatchObject([[], [claim]]);
  leases.observe(leases.claims, [first]);
  expect([leases.attempts, leases.open]).toEqual([[], [first]]);
  leases.claimFinished({ ...claim }, first);
  expect([leases.attempts, leases.claims]).toEqual([[first], []]);
  leases.expire(100);
  expect(leases.open).toEqual([first]);
  leases.expire(101);
  expect(leases.open).toEqual([]);
});

it('does not shorten a lease that was renewed since, and drops a claim without an attempt', () => {
  const leases = new LeaseTable();
  leases.claimStarted(claim, 100);
  leases.renewLease(first, 500);
  leases.claimFinished(claim, first);
  leases.expire(200);
  expect(leases.open).toEqual([first]);
  leases.release(first);
  leases.claimStarted(claim, 300);
  leases.claimStarted({ job, token: 't2' }, 300);
  leases.observe(leases.claims, [first, null]);
  leases.claimFinished(claim, null);
  expect([leases.open, leases.claims]).toMatchObject([[], [{ job, token: 't2' }]]);
  leases.expire(301);
  expect(leases.claims).toEqual([]);
});

it('assigns the attempts of a beat to the claims that it was sent with, also when there are other claims by then', () => {
  const leases = new LeaseTable();
  leases.claimStarted(claim, 100);
  const sent = leases.claims;
  leases.claimFinished(claim, null);
  leases.claimStarted({ job: 'j2' as JobId, token: 't1' }, 100);
  leases.observe(sent, [first]);
  expect(leases.open).toEqual([]);
});
