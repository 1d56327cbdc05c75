import { describe, expect, it } from 'vitest';
import { CONTROLS, controlRefusal, controlsOf, type Controllable } from './controls.js';
import { JOB_STATES, type JobState } from './state.js';

const NOW_MS = Date.parse('2026-11-21T10:00:00.000Z');
const job = (given: Partial<Controllable> = {}): Controllable => ({
  ...{ state: 'running', kind: 'command', workflow: null, limits: {} },
  ...given,
});

describe('the controls that are possible for a job', () => {
  it.each<[JobState, string[]]>([
    ['scheduled', ['pause', 'limits', 'cancel']],
    ['queued', ['pause', 'limits', 'cancel']],
    ['running', ['pause', 'limits', 'cancel']],
    ['paused', ['resume', 'limits', 'cancel']],
    ['succeeded', []],
    ['failed', ['retry']],
    ['cancelled', ['retry']],
  ])('are, when it is %s: %j', (state, controls) => {
    expect(controlsOf(job({ state }), NOW_MS)).toEqual(controls);
  });

  it('do not include a retry of a step of a workflow, and the reason names the workflow', () => {
    const step = job({ state: 'failed', workflow: { id: 'flow-1', step: 'plan' } });
    expect(controlsOf(step, NOW_MS)).toEqual([]);
    expect(controlRefusal('retry', step, NOW_MS)).toBe(
      'This job is the step "plan" of the workflow flow-1. A step is retried only with its workflow: retry the workflow.',
    );
  });

  it('do not include a retry after completeBy has passed', () => {
    const until = (atMs: number) => job({ state: 'failed', limits: { completeBy: new Date(atMs).toISOString() } });
    expect(controlsOf(until(NOW_MS + 1), NOW_MS)).toEqual(['retry']);
    expect(controlsOf(until(NOW_MS), NOW_MS)).toEqual([]);
    expect(controlRefusal('retry', until(NOW_MS), NOW_MS)).toContain('completeBy');
  });

  it('do not include a pause of a running chat, which has no process to stop, but of one that waits', () => {
    expect(controlsOf(job({ kind: 'chat' }), NOW_MS)).not.toContain('pause');
    expect(controlsOf(job({ kind: 'chat', state: 'queued' }), NOW_MS)).toContain('pause');
  });

  it('include a pause of a running job of a kind of the user, since only its worker knows', () => {
    expect(controlsOf(job({ kind: 'report' }), NOW_MS)).toContain('pause');
  });

  it('are refused with a sentence exactly where they are not possible', () => {
    for (const state of JOB_STATES) {
      const possible = controlsOf(job({ state }), NOW_MS);
      for (const control of CONTROLS) {
        const refusal = controlRefusal(control, job({ state }), NOW_MS);
        if (possible.includes(control)) expect(refusal).toBeUndefined();
        else expect(refusal).toMatch(/^[A-Z].*\.$/);
      }
    }
  });
});
