import {
  unpackDecision,
  type Attempt,
  type Cause,
  type Decision,
  type JobId,
  type JobState,
  type MonitorView,
  type Outcome,
  type Phase,
  type StoredDecision,
  type Waiting,
} from '@leeway/contract';
import { iso } from './iso-time.js';

/** The record as Redis returns it: field, value, field, value. */
export type Flat = readonly string[];

export type Spec = Readonly<Record<string, unknown>>;

/** What Redis keeps of a job beside the short values of its record, under keys of their own. */
export interface LongParts {
  /** What was submitted and never changes: as JSON, or as it was before it was stored. */
  spec?: string | Spec | null;
  /** The quote as it reads from the spec, where it has been read; absent: it is in the spec. */
  quote?: Decision;
  /** The long values of the record. */
  data?: Flat | Record<string, string>;
}

/** A job's record, with field names as the scripts use them. */
export class JobRecord {
  private readonly fields = new Map<string, string>();
  private readonly specText: string;
  private spec: Spec | undefined;
  private readonly quote: Decision | undefined;

  constructor(
    readonly id: JobId,
    fields: Flat | Record<string, string>,
    { spec, quote, data = [] }: LongParts = {},
  ) {
    this.specText = typeof spec === 'string' ? spec : '{}';
    if (typeof spec === 'object' && spec !== null) this.spec = spec;
    this.quote = quote;
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

  /** Also of the spec. */
  json<T>(field: string): T | undefined {
    const value = this.fields.get(field);
    if (value !== undefined && value !== '') return JSON.parse(value) as T;
    this.spec ??= JSON.parse(this.specText) as Spec;
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

  /** Attempts that count against `maxAttempts`: losses, releases and deferrals do not. */
  get tried(): number {
    return this.number('tried') ?? 0;
  }

  get attempts(): Attempt[] {
    return Array.from({ length: this.last }, (_, i) => this.attempt(i + 1));
  }

  /** Null: there is none, yet. `field`: `quote`, or the field of an attempt. */
  decision(field: string): Decision | null {
    if (field === 'quote' && this.quote !== undefined) return this.quote;
    const stored = this.json<StoredDecision>(field);
    return stored === undefined ? null : unpackDecision(stored);
  }

  /** Its last heartbeat is not in the record. */
  attempt(number: number): Attempt {
    const at = (name: string) => this.text(`a${number}:${name}`);
    const startedMs = this.number(`a${number}:startedAt`) ?? 0;
    const decision = this.decision(`a${number}:decision`);
    return {
      number,
      worker: at('worker') ?? '',
      startedAt: iso(startedMs) as string,
      endedAt: iso(this.number(`a${number}:endedAt`)),
      durationMs: this.number(`a${number}:durationMs`) ?? null,
      deadlineAt: iso(this.number(`a${number}:deadlineAt`)),
      allowedMs: this.allowedMs(number, decision),
      heartbeatAt: null,
      outcome: (at('outcome') as Outcome | undefined) ?? null,
      cause: ((at('cause') || undefined) as Cause | undefined) ?? null,
      decision,
      partial: at('partial') === '1',
      waiting: at('endedAt') === undefined ? this.waiting(number) : null,
      phase: this.json<Phase>(`a${number}:phase`) ?? null,
      monitor: this.json<MonitorView>(`a${number}:monitor`) ?? null,
    };
  }

  /** The stored decision is the one it began with; what extensions added follows from its deadline. */
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
}
