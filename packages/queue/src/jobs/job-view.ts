import type { Cause, Decision, Hints, Job, JobError, ProfileName, ProgressReport, WaitingFor } from '@leeway/contract';
import { iso } from '../record/iso-time.js';
import type { JobRecord } from '../record/job-record.js';
import { webhookView } from '../webhooks/webhook-view.js';
import { workflowView } from '../workflows/workflow-view.js';

/** What is known of a job beside its record. */
export interface JobSurroundings {
  /** When the lease of the running attempt was last renewed. */
  heartbeatMs?: number | undefined;
  waitingFor?: WaitingFor | null;
}

/** The job as the API shows it. */
export function jobView(record: JobRecord, { heartbeatMs, waitingFor = null }: JobSurroundings = {}): Job {
  const attempts = record.attempts.map((attempt) =>
    attempt.number === record.last ? { ...attempt, heartbeatAt: iso(heartbeatMs) } : attempt,
  );
  const decision = attempts.findLast((a) => a.decision !== null)?.decision ?? record.decision('quote');
  const self = `/v1/jobs/${record.id}`;
  return {
    id: record.id,
    kind: record.text('kind') ?? '',
    label: record.text('label') || null,
    tenant: record.tenant,
    tier: record.text('tier') ?? '',
    stream: record.text('stream') === '1',
    class: record.text('class') ?? '',
    profile: (record.text('profile') ?? 'balanced') as ProfileName,
    hints: record.json<Hints>('hints') ?? {},
    state: record.state,
    cause: (record.text('cause') || null) as Cause | null,
    waitingFor,
    late: record.text('late') === '1',
    decision,
    expected: expectation(record, decision, waitingFor),
    attempts,
    maxAttempts: record.number('maxAttempts') ?? 1,
    losses: record.number('losses') ?? 0,
    priority: record.priority,
    result: record.json('result') ?? null,
    error: record.json<JobError>('error') ?? null,
    progress: record.json<ProgressReport>('progress') ?? null,
    submittedAt: iso(record.number('submittedAt') ?? 0) as string,
    startedAt: iso(record.number('startedAt')),
    finishedAt: iso(record.number('finishedAt')),
    queuedMs: record.number('queuedMs') ?? null,
    savedMs: record.number('savedMs') ?? null,
    ...workflowView(record),
    webhook: webhookView(record),
    input: record.json('input') ?? null,
    limits: record.json<Record<string, unknown>>('limits') ?? {},
    metadata: record.json<Record<string, unknown>>('metadata') ?? {},
    links: { self, events: `${self}/events`, output: `${self}/output`, cancel: `${self}/cancel` },
  };
}

/** When it will start and finish as far as can be known now: the estimator's p50 from its start, or its expected start. */
function expectation(record: JobRecord, decision: Decision | null, waitingFor: WaitingFor | null): Job['expected'] {
  if (record.number('finishedAt') !== undefined) return { startAt: null, finishAt: null };
  const isRunning = record.state === 'running';
  const begunMs = record.number(`a${record.last}:startedAt`) ?? record.number('startedAt');
  const fromMs = isRunning ? begunMs : readyMs(record, waitingFor);
  if (fromMs === undefined) return { startAt: null, finishAt: null };
  const startMs = isRunning ? fromMs : fromMs + (decision?.queueMs ?? 0);
  const expectedMs = decision?.expectedMs ?? null;
  return { startAt: iso(startMs), finishAt: expectedMs === null ? null : iso(startMs + expectedMs) };
}

/** When it can be taken: its time has come, and its provider takes calls. */
function readyMs(record: JobRecord, waitingFor: WaitingFor | null): number | undefined {
  const readyAtMs = record.number('readyAt');
  const until = waitingFor?.until ?? null;
  return readyAtMs === undefined || until === null ? readyAtMs : Math.max(readyAtMs, Date.parse(until));
}
