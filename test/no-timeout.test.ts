import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '@leeway/contract';
import { aliveWithMarker, startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const USUAL_MS = 300;
const BACKSTOP_MS = 60_000;
const IDLE_MS = 2_000;
const OVERALL_MS = 6_000;

const folder = mkdtempSync(join(tmpdir(), 'leeway-no-timeout-'));
const hash = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`;
const as = (key: string) => ({ authorization: `Bearer ${key}` });

let stack: Stack;
beforeAll(async () => {
  const keys = ['long', 'enterprise'].map((tier) => ({ name: tier, hash: hash(tier), tenant: 'acme', tier }));
  const keyFile = join(folder, 'keys.json');
  writeFileSync(keyFile, JSON.stringify({ keys }));
  stack = await startStack({
    workers: 2,
    env: { LEEWAY_KEYS: keyFile },
    policy: {
      estimator: { floorMs: 100, coldFloorMs: 100, margin: 1.2 },
      // The caps of the tier are shorter than the work without a timeout, too.
      tiers: { long: { attemptMs: 5_000, overallMs: OVERALL_MS, allowsNoTimeout: true } },
      limits: { backoffMs: 10, maxAttemptMs: BACKSTOP_MS, noTimeoutIdleMs: IDLE_MS },
      supervision: { graceMs: 200 },
    },
  });
});
afterAll(async () => {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** One class: the same program under the same label, whatever the script does. */
const LABEL = 'without-a-timeout';
const sh = (script: string, more: object = {}) => ({
  kind: 'command',
  input: { argv: ['sh', '-c', script] },
  label: LABEL,
  ...more,
});
const quick = sh(`sleep ${USUAL_MS / 1_000}`);
/** Prints three times a second. */
const working = (forS: number) => `for i in $(seq ${forS * 3}); do echo $i; sleep 0.33; done`;

async function ended({ id }: Pick<Job, 'id'>): Promise<Job> {
  const look = async () => {
    const job = (await stack.request('GET', `/v1/jobs/${id}`, undefined, as('long'))).body as Job;
    return job.finishedAt === null ? undefined : job;
  };
  return waitUntil(look, { what: `job ${id} to end`, timeoutMs: 40_000 });
}

/** Waits until the job runs under a decision of that basis. */
async function decidedBy(id: string, basis: string): Promise<void> {
  const look = async () => {
    const { body } = await stack.request('GET', `/v1/jobs/${id}`, undefined, as('long'));
    return (body as Job).attempts[0]?.decision?.basis === basis;
  };
  await waitUntil(look, { what: `job ${id} to run under ${basis}` });
}

const submit = (submission: object) => stack.submit(submission, as('long'));
const countOf = async (label: string): Promise<number> =>
  (await stack.request('GET', `/v1/jobs?label=${label}`, undefined, as('long'))).body.jobs.length;
const learnedMs = async () =>
  (await stack.request('POST', '/v1/estimates', quick, as('long'))).body.decision.deadlineMs as number;

describe('a class that has learned a short deadline', () => {
  it('runs a job without a timeout to its end, far beyond that deadline, and learns from it (F23)', async () => {
    for (const job of await Promise.all(Array.from({ length: 30 }, () => submit(quick))))
      expect(await ended(job)).toMatchObject({ state: 'succeeded' });
    await waitUntil(async () => (await learnedMs()) < 2_500, { what: 'the deadline to be learned' });

    const deadlineMs = await learnedMs();
    const killed = await ended(await submit(sh(working(6), { attempts: 1 })));
    expect(killed).toMatchObject({ state: 'failed', cause: 'deadline', decision: { basis: 'history' } });

    const free = await ended(await submit(sh(working(9), { timeoutMs: 'none' })));
    expect(free).toMatchObject({ state: 'succeeded', cause: null, limits: { timeoutMs: 'none' }, late: true });
    expect(free.attempts).toHaveLength(1);
    expect(free.attempts[0]).toMatchObject({
      outcome: 'succeeded',
      allowedMs: BACKSTOP_MS,
      decision: { basis: 'no_timeout', deadlineMs: BACKSTOP_MS, hardCapMs: BACKSTOP_MS, level: free.class },
    });
    // Longer than the learned deadline by far, and than attempt and overall limit of its tier.
    expect(free.attempts[0]?.durationMs).toBeGreaterThan(Math.max(3 * deadlineMs, OVERALL_MS));
    const { body } = await stack.request('GET', `/v1/classes/${encodeURIComponent(free.class)}`, undefined, as('long'));
    expect(body).toMatchObject({ succeeded: 31, killed: 1 });
  });
});

describe.concurrent('a job without a timeout, of a class that has learned a short deadline', () => {
  it('is ended by its idle limit when it falls silent, with its processes, and tried again (F23)', async () => {
    const job = await submit(sh('echo begun; sleep 1000', { timeoutMs: 'none', attempts: 2 }));
    const stopped = await ended(job);
    expect(stopped).toMatchObject({
      state: 'failed',
      cause: 'idle',
      error: { code: 'idle', limitMs: 2 * IDLE_MS, setBy: 'the estimator or the policy' },
    });
    expect(stopped.attempts.map(({ outcome, cause, decision }) => [outcome, cause, decision?.idleMs])).toEqual([
      ['stopped', 'idle', IDLE_MS],
      ['stopped', 'idle', 2 * IDLE_MS],
    ]);
    await waitUntil(() => aliveWithMarker(`LEEWAY_JOB=${job.id}`).length === 0, { what: 'its processes to be gone' });
  });

  it('may have lost its timeout while it ran, and runs on (F23)', async () => {
    const { id } = await submit(sh(working(7), { timeoutMs: 5_000, attempts: 1 }));
    await decidedBy(id, 'explicit');
    const { body } = await stack.request('PATCH', `/v1/jobs/${id}`, { timeoutMs: 'none' }, as('long'));
    expect(body).toMatchObject({ done: 'changed', job: { decision: { basis: 'no_timeout', idleMs: IDLE_MS } } });
    expect(await ended({ id })).toMatchObject({ state: 'succeeded', limits: { timeoutMs: 'none' } });
  });

  it('can be given a timeout while it runs (F23)', async () => {
    const { id } = await submit(sh(working(60), { timeoutMs: 'none', attempts: 1 }));
    await decidedBy(id, 'no_timeout');
    const { body } = await stack.request('PATCH', `/v1/jobs/${id}`, { timeoutMs: 1_500 }, as('long'));
    expect(body).toMatchObject({ done: 'changed', job: { limits: { timeoutMs: 1_500 } } });
    expect(await ended({ id })).toMatchObject({ state: 'failed', cause: 'deadline', decision: { basis: 'explicit' } });
  });

  it('is refused under a key whose tier does not allow it, and not queued (F23)', async () => {
    const wanted = sh('true', { timeoutMs: 'none', label: 'refused' });
    const { status, body } = await stack.request('POST', '/v1/jobs', wanted, as('enterprise'));
    expect({ status, code: body.code }).toEqual({ status: 403, code: 'no_timeout_not_allowed' });
    expect(body.detail).toBe('/timeoutMs: the tier "enterprise" does not allow "none"; these do: default, long.');
    expect(await countOf('refused')).toBe(0);
    expect(await countOf(LABEL)).toBeGreaterThan(0);
  });
});
