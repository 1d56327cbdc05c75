import type { JobId } from '@leeway/contract';
import { observe, type EndedAttempt } from '@leeway/estimator';
import { WorkerStore } from '@leeway/queue';
import { systemClock } from '@leeway/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hello, startApi, type RunningApi } from '../../../testing/running-api.js';

let api: RunningApi;
let store: WorkerStore;
beforeAll(async () => {
  api = await startApi({
    policy: {
      estimator: {
        classes: { 'command/echo': 'shadow' },
        shadow: { name: 'wide', margin: 3 },
      },
    },
    bounds: { historyMaxAgeMs: 0 },
  });
  const { redisUrl, policy } = api;
  store = new WorkerStore({ redisUrl, policy, worker: 'acting', clock: systemClock, onError: () => {} });
});
afterAll(async () => {
  await store.close();
  await api.stop();
});

/** Runs a job as a worker would, under the quoted decision, with these attempts. */
async function run(argv: readonly string[], attempts: readonly Partial<EndedAttempt>[]): Promise<void> {
  const job = await api.submit({ ...hello, input: { argv } });
  const claim = await store.attempts.claim(job.id as JobId, { worker: 'acting', token: 'token' });
  if (claim.status === 'unavailable' || job.decision === null) throw new Error('the job cannot be run');
  const { decision } = job;
  const all = attempts.map((one, i): EndedAttempt => ({
    number: i + 1,
    durationMs: 1_000,
    outcome: 'succeeded',
    cause: null,
    decision,
    resumedFromCheckpoint: false,
    outputs: 0,
    ...one,
  }));
  const jobClass = { name: job.class, levels: [job.class], shared: [job.class] };
  const observations = observe({
    id: 'one',
    tenant: job.tenant,
    jobClass,
    attempts: all,
    willRetry: false,
    nowMs: Date.now(),
    policy: api.policy,
  });
  await store.attempts.settle(claim.attempt, {
    outcome: 'succeeded',
    cause: null,
    durationMs: 1_000,
    next: { step: 'final', state: 'succeeded' },
    partial: false,
    ...observations,
  });
}

const classOf = async (name: string) => (await api.get(`/v1/classes/${encodeURIComponent(name)}`)).json;
const metrics = async () => (await api.get('/metrics')).text;

describe('a class in the mode shadow', () => {
  test('keeps its static limit; the API and the metrics show how its shadows would have done (F53)', async () => {
    for (let i = 0; i < 20; i += 1) await run(['echo', 'x'], [{ durationMs: 3_000 }]);
    // Too long for twice the usual duration (6 s), not for three times (9 s).
    await run(['echo', 'x'], [{ durationMs: 7_000 }]);
    const info = await classOf('command/echo');
    expect(info).toMatchObject({ mode: 'shadow', deadlineMs: 600_000, samples: 21, falseKillAlarm: false });
    expect(info.override).toContain('only run in shadow');
    expect(info.shadows).toMatchObject([
      { name: 'learned', judged: 21, falseKills: 1, hung: 0, hangDetection: null },
      { name: 'wide', judged: 21, falseKills: 0 },
    ]);
    const text = await metrics();
    expect(text).toMatch(/leeway_shadow_false_kills\{.*class="command\/echo",shadow="learned".*\} 1/);
    expect(text).toMatch(/leeway_shadow_judged\{.*class="command\/echo",shadow="wide".*\} 21/);
    expect(text).not.toMatch(/leeway_shadow_hang_detection\{/);
  });
});

describe('a class whose deadlines end healthy runs too often', () => {
  test('gets its static limit with the next quote, with the reason, and raises the alarm (F61, F63)', async () => {
    const usual = { argv: ['true'], runs: 26 };
    for (let i = 0; i < usual.runs; i += 1) await run(usual.argv, [{ durationMs: 3_000 }]);
    expect(await classOf('command/true')).toMatchObject({ mode: 'on', falseKillAlarm: false, recentFalseKillRate: 0 });
    for (let i = 0; i < 4; i += 1) {
      const { deadlineMs } = await classOf('command/true');
      await run(usual.argv, [
        { outcome: 'stopped', cause: 'deadline', durationMs: deadlineMs },
        { durationMs: 1.2 * deadlineMs },
      ]);
    }
    expect(await classOf('command/true')).toMatchObject({
      falseKillAlarm: true,
      recentFalseKillRate: 4 / 30,
      deadlineMs: 600_000,
    });
    const quoted = await api.submit({ ...hello, input: { argv: usual.argv } });
    expect(quoted.decision).toMatchObject({ basis: 'static', deadlineMs: 600_000 });
    expect(quoted.decision?.sentence).toContain(
      '4 of the last 30 runs of command/true were ended although they were healthy',
    );
    const text = await metrics();
    expect(text).toMatch(/leeway_class_false_kill_alarm\{.*class="command\/true".*\} 1/);
    expect(text).toMatch(/leeway_class_false_kill_share\{.*class="command\/true".*\} 0.13/);
  });
});
