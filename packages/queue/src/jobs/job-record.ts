import type {
  Hints,
  ProfileName,
  Attempt,
  Cause,
  Decision,
  Job,
  JobError,
  JobId,
  JobState,
  MonitorView,
  Outcome,
  Phase,
  ProgressReport,
  Waiting,
  WaitingFor,
} from '@leeway/contract';
import type { RedisConnection } from '../redis/connection.js';
import { PREFIX } from '../redis/keys.js';
import { iso } from './iso-time.js';
import { webhookView } from '../webhooks/webhook-view.js';
import { workflowView } from './workflow-view.js';

/** The record as Redis returns it: field, value, field, value. */
export type Flat = readonly string[];

/** What Redis keeps of a job beside the short values of its record. */
export interface LongParts {
  /** JSON of what was submitted and never changes. */
  spec?: string | null;
  /** The long values of the record. */
  data?: Flat | Record<string, string>;
}

/** A job's record, with field names as the scripts use them. */
export class JobRecord {
  private readonly fields = new Map<string, string>();
  private readonly specText: string;
  private spec: Readonly<Record<string, unknown>> | undefined;

  constructor(
    readonly id: JobId,
    fields: Flat | Record<string, string>,
    { spec, data = [] }: LongParts = {},
  ) {
    this.specText = spec ?? '{}';
    this.add(fields);
    this.add(data);
  }

  private add(values: Flat | Record<string, string>): void {
    if (Array.isArray(values)) {
      for (let i = 0; i + 1 < values.length; i += 2) this.fields.set(values[i] as string, values[i + 1] as string);
    } else {
      for (const [field, value] of Object.entries(values as Record<string, string>)) this.fields.set(field, value);
    }
  }

  text(field: string): string | undefined {
    return this.fields.get(field);
  }

  number(field: string): number | undefined {
    const value = this.fields.get(field);
    return value === undefined || value === '' ? undefined : Number(value);
  }

  json<T>(field: string): T | undefined {
    const value = this.fields.get(field);
    if (value !== undefined && value !== '') return JSON.parse(value) as T;
    this.spec ??= JSON.parse(this.specText) as Record<string, unknown>;
    return this.spec[field] as T | undefined;
  }

  get exists(): boolean {
    return this.fields.has('state');
  }

  get state(): JobState {
    return this.text('state') as JobState;
  }

  get tenant(): string {
    return this.text('tenant') ?? '';
  }

  get queue(): string {
    return this.text('queue') ?? '';
  }

  get priority(): number {
    return this.number('priority') ?? 0;
  }

  /** Number of the newest attempt; 0: none yet. */
  get last(): number {
    return this.number('last') ?? 0;
  }

  /** Attempts that count against `maxAttempts`: losses and hand-backs do not. */
  get tried(): number {
    return this.number('tried') ?? 0;
  }

  attempt(number: number, heartbeatMs?: number): Attempt {
    const at = (name: string) => this.text(`a${number}:${name}`);
    const startedMs = this.number(`a${number}:startedAt`) ?? 0;
    const decision = this.json<Decision>(`a${number}:decision`) ?? null;
    return {
      number,
      worker: at('worker') ?? '',
      startedAt: iso(startedMs) as string,
      endedAt: iso(this.number(`a${number}:endedAt`)),
      durationMs: this.number(`a${number}:durationMs`) ?? null,
      deadlineAt: iso(this.number(`a${number}:deadlineAt`)),
      allowedMs: this.allowedMs(number, decision),
      heartbeatAt: iso(heartbeatMs),
      outcome: (at('outcome') as Outcome | undefined) ?? null,
      cause: ((at('cause') || undefined) as Cause | undefined) ?? null,
      decision,
      partial: at('partial') === '1',
      waiting: at('endedAt') === undefined ? this.waiting(number) : null,
      phase: this.json<Phase>(`a${number}:phase`) ?? null,
      monitor: this.json<MonitorView>(`a${number}:monitor`) ?? null,
    };
  }

  /** The stored decision is the one it began with; what extensions added shows in the moment of its end. */
  private allowedMs(number: number, decision: Decision | null): number | null {
    const deadlineAtMs = this.number(`a${number}:deadlineAt`);
    const startedMs = this.number(`a${number}:startedAt`);
    if (decision === null || deadlineAtMs === undefined || startedMs === undefined) return decision?.deadlineMs ?? null;
    return Math.max(decision.deadlineMs, deadlineAtMs - startedMs - (this.number(`a${number}:pausedMs`) ?? 0));
  }

  private waiting(number: number): Waiting | null {
    const sinceMs = this.number(`a${number}:waitingAt`);
    if (sinceMs === undefined) return null;
    return {
      since: iso(sinceMs) as string,
      reason: this.json<Pick<Waiting, 'reason'>>(`a${number}:waiting`)?.reason ?? null,
    };
  }

  get attempts(): Attempt[] {
    return Array.from({ length: this.last }, (_, i) => this.attempt(i + 1));
  }
}

/** Reads the record of a job, with its long values. Without one, what is returned does not exist. */
export async function readRecord(redis: RedisConnection, id: JobId): Promise<JobRecord> {
  const [fields, spec, data] = await Promise.all([
    redis.hgetall(`${PREFIX}:job:${id}`),
    redis.get(`${PREFIX}:spec:${id}`),
    redis.hgetall(`${PREFIX}:data:${id}`),
  ]);
  return new JobRecord(id, fields, { spec, data });
}

/** What is known of a job beside its record. */
export interface JobSurroundings {
  /** When the running attempt was last vouched for. */
  heartbeatMs?: number | undefined;
  waitingFor?: WaitingFor | null;
}

/** The job as the API shows it. */
export function jobView(record: JobRecord, { heartbeatMs, waitingFor = null }: JobSurroundings = {}): Job {
  const attempts = Array.from({ length: record.last }, (_, i) =>
    record.attempt(i + 1, i + 1 === record.last ? heartbeatMs : undefined),
  );
  const decision = attempts.findLast((a) => a.decision !== null)?.decision ?? record.json<Decision>('quote') ?? null;
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
    cause: ((record.text('cause') || null) as Cause | null) ?? null,
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

/** When it will start and finish as far as can be said now: the estimator's p50 from its (expected) start. */
function expectation(record: JobRecord, decision: Decision | null, waitingFor: WaitingFor | null): Job['expected'] {
  if (record.number('finishedAt') !== undefined) return { startAt: null, finishAt: null };
  const running = record.state === 'running';
  const begun = record.number(`a${record.last}:startedAt`) ?? record.number('startedAt');
  const fromMs = running ? begun : readyMs(record, waitingFor);
  const startMs = fromMs === undefined || running ? fromMs : fromMs + (decision?.queueMs ?? 0);
  if (startMs === undefined) return { startAt: null, finishAt: null };
  const expectedMs = decision?.expectedMs ?? null;
  return { startAt: iso(startMs), finishAt: expectedMs === null ? null : iso(startMs + expectedMs) };
}

/** When it can be taken: when it is ready, and its provider takes calls. */
function readyMs(record: JobRecord, waitingFor: WaitingFor | null): number | undefined {
  const readyAtMs = record.number('readyAt');
  const until = waitingFor?.until ?? null;
  return readyAtMs === undefined || until === null ? readyAtMs : Math.max(readyAtMs, Date.parse(until));
}
