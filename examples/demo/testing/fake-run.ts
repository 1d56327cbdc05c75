import type { Attempt, Decision, Job } from '@leeway/contract';
import type { Outcome } from '../src/findings.js';
import { RunLog } from '../src/run-log.js';
import { CHAT, FAILING_EXIT_CODE, QUICK, REPORT, STEPS, type Family, type Intent, type Task } from '../src/workload.js';

const START_MS = Date.parse('2026-11-21T10:00:00Z');
export const KILLED_AT_MS = START_MS + 60_000;
const WORKER = 'w1';

export interface AttemptFields {
  atMs?: number;
  durationMs?: number | null;
  deadlineMs?: number;
  outcome?: Attempt['outcome'];
  cause?: Attempt['cause'];
}

export function attempt(fields: AttemptFields = {}): Attempt {
  const { atMs = START_MS, durationMs = 200, deadlineMs = 2_000, cause = null } = fields;
  const { outcome = durationMs === null ? null : 'succeeded' } = fields;
  const decision = { deadlineMs } as Decision;
  const startedAt = new Date(atMs).toISOString();
  return { number: 1, worker: WORKER, startedAt, durationMs, decision, outcome, cause } as Attempt;
}

export function job(fields: Partial<Job> = {}): Job {
  return {
    id: `job-${Math.random()}`,
    state: 'succeeded',
    cause: null,
    attempts: [attempt()],
    result: null,
    ...fields,
  } as Job;
}

export function task(family: Family, intent: Intent = 'healthy'): Task {
  return { family, intent, submission: { kind: 'command', input: {} } };
}

/** The special jobs of a run without faults; a test replaces the one that it is about. */
export function goodJobs(): Record<'hangs' | 'slow' | 'fails' | 'lost', Job> {
  const stopped = { outcome: 'stopped', cause: 'deadline' } as const;
  return {
    hangs: job({
      state: 'failed',
      cause: 'deadline',
      attempts: [attempt(stopped), attempt({ ...stopped, deadlineMs: 4_000 })],
    }),
    slow: job({ attempts: [attempt({ durationMs: 600 })] }),
    fails: job({
      state: 'failed',
      cause: 'error',
      result: { exitCode: FAILING_EXIT_CODE },
      attempts: [attempt({ outcome: 'failed' })],
    }),
    lost: job({ attempts: [attempt({ outcome: 'lost' }), attempt({ atMs: KILLED_AT_MS + 400 })] }),
  };
}

/** 25 jobs of a class whose deadline falls from ten minutes to two seconds. */
export function ordinaryJobs(): Job[] {
  return Array.from({ length: 25 }, (_, index) =>
    job({ attempts: [attempt({ atMs: START_MS + index * 100, deadlineMs: index < 5 ? 600_000 : 2_000 })] }),
  );
}

export function outcomeOf(jobs: ReturnType<typeof goodJobs>, ordinary: Job[] = ordinaryJobs()): Outcome {
  const log = new RunLog();
  const record = (of: Task, one: Job) => {
    log.plan(of.family, 1);
    log.record(of, one);
  };
  for (const family of [QUICK, REPORT, CHAT])
    for (const one of ordinary) record(task(family), { ...one, id: `${family.name}-${one.id}` });
  record(task(QUICK, 'hangs'), jobs.hangs);
  record(task(REPORT, 'slow'), jobs.slow);
  record(task(QUICK, 'fails'), jobs.fails);
  record(task(STEPS), jobs.lost);
  return { log, kill: { worker: WORKER, atMs: KILLED_AT_MS }, processesLeft: 0, staticLimitMs: 600_000 };
}
