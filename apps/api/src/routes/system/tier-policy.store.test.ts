import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitUntil } from '@leeway/testkit';
import { afterAll, expect, test } from 'vitest';
import { testKeys, withKey } from '../../../testing/keys.js';
import { hello, startApi } from '../../../testing/running-api.js';

const folder = mkdtempSync(join(tmpdir(), 'leeway-tier-policy-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('the limits of a tier follow a reload of the policy: in the list, in estimates and in new jobs (F128)', async () => {
  const policyFile = join(folder, 'policy.json');
  const write = (version: string, attemptMs: number) =>
    writeFileSync(policyFile, JSON.stringify({ version, tiers: { gold: { attemptMs } } }));
  write('one', 5_000);
  const api = await startApi({ policyFile, keys: testKeys({ name: 'gold', tier: 'gold' }) });
  const gold = withKey('gold');
  const limits = async () => {
    const { json } = await api.get('/v1/tiers', gold);
    const estimate = (await api.post('/v1/estimates', { ...hello, timeoutMs: 60_000 }, gold)).json;
    const job = await api.submit({ ...hello, timeoutMs: 60_000 }, gold);
    const listed = json.tiers.find(({ name }: { name: string }) => name === 'gold').plain.attemptMs;
    return [listed, estimate.decision.deadlineMs, job.decision?.deadlineMs];
  };
  expect(await limits()).toEqual([5_000, 5_000, 5_000]);

  write('two', 3_000);
  await waitUntil(async () => (await api.get('/version')).json.policyVersion === 'two', { what: 'the reload' });
  expect(await limits()).toEqual([3_000, 3_000, 3_000]);
  await api.stop();
});

test('tiers need no variable, no database and no other service: only the policy defines them (F130)', async () => {
  const policyFile = join(folder, 'own-tier.json');
  writeFileSync(policyFile, JSON.stringify({ tiers: { team: { attemptMs: 7_000 } } }));
  // Neither an environment variable but the name of the policy file, nor a Redis.
  const api = await startApi({ policyFile, redisUrl: 'unix:///nonexistent/redis.sock' });
  const { status, json } = await api.get('/v1/tiers');
  expect(status).toBe(200);
  const caps = json.tiers.map(({ name, plain }: { name: string; plain: { attemptMs: number | null } }) => [
    name,
    plain.attemptMs,
  ]);
  expect(Object.fromEntries(caps)).toEqual({
    ...{ free: 8_000, early: 8_000, mid: 60_000, platform: 120_000, enterprise: 300_000, default: null, team: 7_000 },
  });
  await api.stop();
});
