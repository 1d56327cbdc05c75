import type { ClassInfo, Job } from '@leeway/contract';
import { startStack, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const STATIC_MS = 3_000;
const USUAL_MS = 100;
const SLOW_MS = 1_500;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    workers: 2,
    policy: {
      kinds: { command: { priorMs: STATIC_MS } },
      estimator: { floorMs: 100, coldFloorMs: 100, margin: 1.2, classes: { 'command/sleep': 'shadow' } },
      limits: { backoffMs: 10 },
      supervision: { graceMs: 100 },
    },
  });
});
afterAll(() => stack.stop());

const sleep = async (ms: number): Promise<Job> => {
  const { id } = await stack.submit({ kind: 'command', input: { argv: ['sleep', String(ms / 1_000)] } });
  return stack.waitFinal(id, 60_000);
};
const learnedShadow = async () => {
  const { body } = await stack.request('GET', `/v1/classes/${encodeURIComponent('command/sleep')}`);
  return (body as ClassInfo).shadows.find(({ name }) => name === 'learned');
};

/** The shadow deadline under which a job ran; none: the history could not be read in time. */
const shadowOf = ({ attempts }: Job) => attempts[0]?.decision?.shadows?.[0]?.deadlineMs;
/** What is to be counted of the jobs that ran: a busy machine may make a quick one slow. */
let expected: object;
function count(jobs: Job[]): object {
  const judged = jobs.filter((job) => shadowOf(job) !== undefined);
  const missed = judged.filter((job) => (job.attempts.at(-1)?.durationMs ?? 0) > (shadowOf(job) ?? Infinity));
  return { judged: judged.length, falseKills: missed.length, actingFalseKills: 0 };
}

describe('a class whose learned deadline only runs in shadow', () => {
  it('lets a slow healthy job run, and counts that the learned deadline would have ended it (F53, F61)', async () => {
    const usual = await Promise.all(Array.from({ length: 30 }, () => sleep(USUAL_MS)));
    const slow = await sleep(SLOW_MS);
    expect(slow.state).toBe('succeeded');
    expect(slow.attempts).toHaveLength(1);
    const [{ decision } = { decision: null }] = slow.attempts;
    expect(decision).toMatchObject({ basis: 'static', deadlineMs: STATIC_MS, level: 'command/sleep' });
    expect(decision?.sentence).toContain('only run in shadow for command/sleep');
    expect(shadowOf(slow)).toBeLessThan(SLOW_MS);
    expected = count([...usual, slow]);
    expect(await learnedShadow()).toMatchObject({ ...expected, hung: 0 });
  });

  it('ends a job that hangs at its static limit, and counts how much sooner the learned deadline would have done so (F53)', async () => {
    const hung = await sleep(1e9);
    expect(hung).toMatchObject({ state: 'failed', cause: 'deadline' });
    expect(hung.attempts.map(({ durationMs }) => durationMs ?? 0).every((ms) => ms >= STATIC_MS)).toBe(true);
    const shadow = await learnedShadow();
    expect(shadow).toMatchObject({ ...expected, hung: 1 });
    expect(shadow?.hangDetection).toBeLessThan(1);
    expect(await (await fetch(`${stack.api}/metrics`)).text()).toMatch(
      /leeway_shadow_hang_detection\{.*shadow="learned".*\} 0\.\d+/,
    );
  });
});
