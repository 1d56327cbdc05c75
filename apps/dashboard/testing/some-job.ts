import { parsePolicy, type Attempt, type Decision, type Job } from '@leeway/contract';
import { classify, decide } from '@leeway/estimator';

const POLICY = parsePolicy();

/** The moment at which the attempts of these jobs start. */
export const START_MS = Date.parse('2026-11-21T10:00:00.000Z');
export const at = (afterMs: number): string => new Date(START_MS + afterMs).toISOString();

/** The decision of a class without history, with the fields that a test gives. */
export function someDecision(given: Partial<Decision> = {}): Decision {
  const jobClass = classify({ kind: 'command', input: { argv: ['node', 'work.mjs'] } });
  const kind = POLICY.kinds['*'] as NonNullable<(typeof POLICY.kinds)[string]>;
  return {
    ...decide({ jobClass, tenant: 'default', kind, policy: POLICY, history: null, nowMs: START_MS, attempt: 1 }),
    ...given,
  };
}

export function someAttempt(given: Partial<Attempt> = {}): Attempt {
  return {
    number: 1,
    worker: 'worker-1',
    startedAt: at(0),
    endedAt: null,
    durationMs: null,
    deadlineAt: at(10_000),
    allowedMs: 10_000,
    heartbeatAt: null,
    outcome: null,
    cause: null,
    decision: someDecision({ deadlineMs: 10_000, expectedMs: 2_000, lateMs: 4_000 }),
    partial: false,
    waiting: null,
    phase: null,
    monitor: null,
    ...given,
  };
}

/** A running job with one open attempt, with the fields that a test gives. */
export function someJob(given: Partial<Job> = {}): Job {
  const self = '/v1/jobs/job-00000001';
  return {
    id: 'job-00000001',
    kind: 'command',
    label: null,
    tenant: 'default',
    tier: 'default',
    profile: 'balanced',
    hints: {},
    stream: false,
    class: 'command/node/work.mjs',
    state: 'running',
    cause: null,
    waitingFor: null,
    late: false,
    decision: null,
    expected: { startAt: null, finishAt: null },
    attempts: [someAttempt()],
    maxAttempts: 2,
    losses: 0,
    priority: 0,
    result: null,
    error: null,
    progress: null,
    submittedAt: at(-50),
    startedAt: at(0),
    finishedAt: null,
    queuedMs: 50,
    savedMs: null,
    workflow: null,
    steps: null,
    budget: null,
    webhook: null,
    input: { argv: ['node', 'work.mjs'] },
    limits: {},
    metadata: {},
    links: { self, events: `${self}/events`, output: `${self}/output`, cancel: `${self}/cancel` },
    ...given,
  };
}
