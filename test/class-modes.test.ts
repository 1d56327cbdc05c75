import type { ClassInfo, Job } from '@leeway/contract';
import { startStack, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const STATIC_MS = 3_000;
const USUAL_MS = 100;
const SLOW_MS = 2_000;

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

/** Decided when the shadow had something to say: history may not be read in time on a busy machine. */
let judged = 0;
const count = (jobs: Job[]) => jobs.filter(({ attempts }) => (attempts[0]?.decision?.shadows ?? []).length > 0).length;

describe('a class whose learned deadline only runs in shadow', () => {
  it('lets a slow healthy job live, and counts that the learned deadline would have ended it (F53, F61)', async () => {
    const usual = await Promise.all(Array.from({ length: 30 }, () => sleep(USUAL_MS)));
    const slow = await sleep(SLOW_MS);
    expect(slow.state).toBe('succeeded');
    expect(slow.attempts).toHaveLength(1);
    const [{ decision } = { decision: null }] = slow.attempts;
    expect(decision).toMatchObject({ basis: 'static', deadlineMs: STATIC_MS, level: 'command/sleep' });
    expect(decision?.sentence).toContain('only run in shadow for command/sleep');
    expect(decision?.shadows?.[0]?.deadlineMs).toBeLessThan(SLOW_MS);
    judged = count([...usual, slow]);
    expect(await learnedShadow()).toMatchObject({ judged, falseKills: 1, actingFalseKills: 0, hung: 0 });
  });

  it('ends one that hangs at its static limit, and counts how much sooner the learned deadline would have (F53)', async () => {
    const hung = await sleep(1e9);
    expect(hung).toMatchObject({ state: 'failed', cause: 'deadline' });
    expect(hung.attempts.map(({ durationMs }) => durationMs ?? 0).every((ms) => ms >= STATIC_MS)).toBe(true);
    const shadow = await learnedShadow();
    expect(shadow).toMatchObject({ judged, hung: 1 });
    expect(shadow?.hangDetection).toBeLessThan(1);
    expect(await (await fetch(`${stack.api}/metrics`)).text()).toMatch(
      /leeway_shadow_hang_detection\{.*shadow="learned".*\} 0\.\d+/,
    );
  });
});
