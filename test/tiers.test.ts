import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '@leeway/contract';
import { aliveWithMarker, startRedis, startStack, waitUntil, type PrivateRedis, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SLEEPS = { kind: 'command', input: { argv: ['sleep', '60'] } };
const CAP_MS = 8_000;

const folder = mkdtempSync(join(tmpdir(), 'leeway-tiers-'));
const hash = (key: string) => `sha256:${createHash('sha256').update(key).digest('hex')}`;
const as = (key: string) => ({ authorization: `Bearer ${key}` });

let redis: PrivateRedis;
let keyed: Stack;
let open: Stack;
beforeAll(async () => {
  const keyFile = join(folder, 'keys.json');
  const keys = ['free', 'enterprise'].map((tier) => ({ name: tier, hash: hash(tier), tenant: 'acme', tier }));
  writeFileSync(keyFile, JSON.stringify({ keys }));
  redis = await startRedis();
  const env = { LEEWAY_ENVIRONMENT: 'production' };
  keyed = await startStack({ redisUrl: redis.url, env: { ...env, LEEWAY_KEYS: keyFile } });
  open = await startStack({ redisUrl: redis.url, workers: 0, env });
});
afterAll(async () => {
  await open.stop();
  await keyed.stop();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function look(id: string, key: string): Promise<Job> {
  return (await keyed.request('GET', `/v1/jobs/${id}`, undefined, as(key))).body as Job;
}

describe('a command that sleeps for a minute', () => {
  it('is ended at the cap of the tier free, and neither under enterprise nor without keys (F92, F122, F131)', async () => {
    const [cut, long, own] = await Promise.all([
      keyed.submit({ ...SLEEPS, timeoutMs: 120_000 }, as('free')),
      keyed.submit(SLEEPS, as('enterprise')),
      open.submit(SLEEPS),
    ]);
    expect(cut.decision?.caps.findLast(({ bit }) => bit)).toMatchObject({ name: 'tier', limitMs: CAP_MS });

    const ended = await waitUntil(
      async () => {
        const job = await look(cut.id, 'free');
        return job.finishedAt === null ? undefined : job;
      },
      { what: 'the tier to end its job', timeoutMs: 30_000 },
    );
    expect(ended).toMatchObject({
      state: 'failed',
      cause: 'deadline',
      error: {
        code: 'deadline',
        limitMs: CAP_MS,
        setBy: 'the tier "free"',
        tier: 'free',
        stream: false,
        message: expect.stringContaining('The tier "free" allows no longer attempt without streaming.'),
        advice: expect.stringContaining('Nobody knows yet'),
      },
    });
    // It could not get more, so there is no second attempt.
    expect(ended.attempts).toHaveLength(1);
    expect(ended.attempts[0]?.durationMs).toBeGreaterThanOrEqual(CAP_MS);
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

  it('cannot name its tier (F122)', async () => {
    const { status, body } = await keyed.request('POST', '/v1/jobs', { ...SLEEPS, tier: 'enterprise' }, as('free'));
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
    expect(body.detail).toContain('unknown field "tier"');
  });
});

it('every process says at its start which environment holds, and why (F126)', () => {
  for (const { lines } of [keyed.apiProcess, ...keyed.workers])
    expect(lines.join('\n')).toContain('limits are those of the environment production: LEEWAY_ENVIRONMENT says so');
});
