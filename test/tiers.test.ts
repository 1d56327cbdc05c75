import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '@leeway/contract';
import {
  aliveWithMarker,
  startFakeProvider,
  startRedis,
  startStack,
  waitUntil,
  type FakeProvider,
  type PrivateRedis,
  type Stack,
} from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SLEEPS = { kind: 'command', input: { argv: ['sleep', '60'] } };
const CAP_MS = 8_000;

const folder = mkdtempSync(join(tmpdir(), 'leeway-tiers-'));
const hash = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`;
const as = (key: string) => ({ authorization: `Bearer ${key}` });

let provider: FakeProvider;
let redis: PrivateRedis;
let keyed: Stack;
let open: Stack;
beforeAll(async () => {
  const keyFile = join(folder, 'keys.json');
  const keys = ['free', 'enterprise'].map((tier) => ({ name: tier, hash: hash(tier), tenant: 'acme', tier }));
  writeFileSync(keyFile, JSON.stringify({ keys }));
  redis = await startRedis();
  provider = await startFakeProvider();
  const policy = { providers: { house: { baseUrl: provider.baseUrl } } };
  const env = { LEEWAY_ENVIRONMENT: 'production' };
  keyed = await startStack({ redisUrl: redis.url, policy, env: { ...env, LEEWAY_KEYS: keyFile } });
  open = await startStack({ redisUrl: redis.url, workers: 0, env });
});
afterAll(async () => {
  await open.stop();
  await keyed.stop();
  await provider.stop();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The job once it has ended. */
async function ended(id: string, key: string): Promise<Job> {
  return waitUntil(
    async () => {
      const job = await look(id, key);
      return job.finishedAt === null ? undefined : job;
    },
    { what: `job ${id} to end`, timeoutMs: 30_000 },
  );
}

async function look(id: string, key: string): Promise<Job> {
  return (await keyed.request('GET', `/v1/jobs/${id}`, undefined, as(key))).body as Job;
}

describe.concurrent('a command that sleeps for a minute', () => {
  it('is ended at the cap of its tier where that is free, and not where it is enterprise or where there are no keys (F92, F122, F131)', async () => {
    const [cut, long, own] = await Promise.all([
      keyed.submit({ ...SLEEPS, timeoutMs: 120_000 }, as('free')),
      keyed.submit(SLEEPS, as('enterprise')),
      open.submit(SLEEPS),
    ]);
    expect(cut.decision?.caps.findLast(({ bit }) => bit)).toMatchObject({ name: 'tier', limitMs: CAP_MS });

    const failed = await ended(cut.id, 'free');
    expect(failed).toMatchObject({
      state: 'failed',
      cause: 'deadline',
      error: {
        code: 'deadline',
        limitMs: CAP_MS,
        setBy: 'the tier "free"',
        tier: 'free',
        stream: false,
        message: expect.stringContaining('The tier "free" allows no longer attempt without streaming.'),
        advice: expect.stringContaining('It is not known yet'),
      },
    });
    // It could not get more, so there is no second attempt.
    expect(failed.attempts).toHaveLength(1);
    expect(failed.attempts[0]?.durationMs).toBeGreaterThanOrEqual(CAP_MS);
    await waitUntil(() => aliveWithMarker(`LEEWAY_JOB=${cut.id}`).length === 0, { what: 'its process to be gone' });

    expect(await look(long.id, 'enterprise')).toMatchObject({ state: 'running', decision: { deadlineMs: 300_000 } });
    expect(await open.job(own.id)).toMatchObject({
      state: 'running',
      tier: 'default',
      decision: { deadlineMs: 600_000 },
    });
    expect(aliveWithMarker(`LEEWAY_JOB=${long.id}`)).not.toHaveLength(0);
    expect(aliveWithMarker(`LEEWAY_JOB=${own.id}`)).not.toHaveLength(0);
    await keyed.request('POST', `/v1/jobs/${long.id}/cancel`, {}, as('enterprise'));
    await open.request('POST', `/v1/jobs/${own.id}/cancel`, {});
  });

  it('cannot choose its tier (F122)', async () => {
    const { status, body } = await keyed.request('POST', '/v1/jobs', { ...SLEEPS, tier: 'enterprise' }, as('free'));
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
    expect(body.detail).toContain('unknown field "tier"');
  });
});

describe.concurrent('the first call of a model on a worker', () => {
  it('has time for the start of the model added to its first-output limit, and the next call has not (F127)', async () => {
    const input = { model: 'steady', messages: [{ role: 'user', content: 'hello' }] };
    const decisions = [];
    for (const _ of ['cold', 'warm']) {
      const { id } = await keyed.submit({ kind: 'chat', input, timeoutMs: 45_000 }, as('enterprise'));
      const job = await ended(id, 'enterprise');
      expect(job).toMatchObject({ state: 'succeeded', stream: true });
      decisions.push(job.attempts[0]?.decision);
    }
    expect(decisions[0]).toMatchObject({ firstOutputMs: 13_500, idleMs: 9_000, startUpMs: 0 });
    expect(decisions[1]).toMatchObject({ firstOutputMs: 13_500, idleMs: 9_000 });
    expect(decisions[1]).not.toHaveProperty('startUpMs');
  });
});

describe('every process', () => {
  it('logs at its start which environment is in force, and why (F126)', () => {
    for (const { lines } of [keyed.apiProcess, ...keyed.workers])
      expect(lines.join('\n')).toContain('limits of the environment production apply: set by LEEWAY_ENVIRONMENT');
  });
});
