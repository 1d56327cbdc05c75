import { kindPolicy, parsePolicy, type Decision, type EstimatorPolicy, type Policy } from '@leeway/contract';
import {
  type DecisionRequest,
  type EndedAttempt,
  type HistoryView,
  type JobClass,
  GROWTH_NOTICED,
  LevelState,
  type Tuning,
  decide,
  decodeSample,
  observe,
} from '@leeway/estimator';
import type { BenchEnd, BenchJob, BenchPolicy, BenchSetting, MakePolicy } from '../policy.js';

const TENANT = 'bench';

/** The product's own policy with its defaults. */
export const leeway = leewayWith({});

/**
 * The product's own policy, through the product's own package: the same `decide` and `learn` that workers call. Only the
 * floors are 0 (they are there for mixed work; a trace is of one sort) and the operator's limit is the trace's.
 */
export function leewayWith(settings: Partial<EstimatorPolicy>, tuning: Partial<Tuning> = {}): MakePolicy {
  return (setting) => replayed(setting, { policy: benchPolicy(settings), tuning });
}

function replayed(
  { hardCapMs, levels }: BenchSetting,
  { policy, tuning }: { policy: Policy; tuning: Partial<Tuning> },
): BenchPolicy {
  const history = new MemoryHistory();
  const kind = { ...kindPolicy(policy, 'bench'), priorMs: hardCapMs, maxMs: hardCapMs };
  const classes = new Map<number, JobClass>();
  const open = new Map<number, OpenJob>();

  const classOf = (job: BenchJob): JobClass => {
    const known = classes.get(job.key) ?? benchClass(job.levels.map((level) => levels[level] ?? ''));
    classes.set(job.key, known);
    return known;
  };
  const ask = (job: BenchJob, nowMs: number, more: Partial<DecisionRequest>): Decision =>
    decide({ jobClass: classOf(job), tenant: TENANT, kind, policy, tuning, history, nowMs, attempt: 1, ...more });
  const asked = (job: BenchJob, decision: Decision): number => {
    const before = open.get(job.id);
    open.set(job.id, { ended: before?.ended ?? [], decision });
    return decision.deadlineMs;
  };

  return {
    first: (job, nowMs) => asked(job, ask(job, nowMs, {})),
    second: (job, nowMs, killedMs) => asked(job, ask(job, nowMs, { attempt: 2, previousDeadlineMs: killedMs })),
    again: (job, nowMs, { number, elapsedMs, killedMs }) => {
      const decision = ask(
        job,
        nowMs,
        number === 1 ? { elapsedMs } : { attempt: 2, elapsedMs, previousDeadlineMs: killedMs },
      );
      if (decision.deadlineMs > elapsedMs * (1 + GROWTH_NOTICED))
        asked(job, { ...(open.get(job.id)?.decision ?? decision), deadlineMs: decision.deadlineMs });
      return decision.deadlineMs;
    },
    started: (job, nowMs) => history.started(classOf(job).name, nowMs),
    ended: (job, nowMs, end) => {
      const state = open.get(job.id);
      if (state === undefined) return;
      history.stopped(classOf(job).name, nowMs - end.durationMs);
      state.ended.push(endedAttempt(end, state.decision));
      const observations = observe({
        id: String(job.id),
        tenant: TENANT,
        jobClass: classOf(job),
        attempts: state.ended,
        willRetry: end.killed && end.attempt === 1,
        nowMs,
        policy,
      });
      for (const { key, sample } of observations.rings) history.add(key, sample);
      if (!end.killed || end.attempt === 2) open.delete(job.id);
    },
  };
}

interface OpenJob {
  ended: EndedAttempt[];
  decision: Decision;
}

function benchPolicy(settings: Partial<EstimatorPolicy>): Policy {
  const policy = parsePolicy({ estimator: { floorMs: 0, coldFloorMs: 0, ...settings } });
  policy.limits.maxAttemptMs = Infinity;
  return policy;
}

/** Levels of a trace's key; the bench has one kind per trace, so "everything" is the kind. */
function benchClass(names: readonly string[]): JobClass {
  const levels = names.map((name) =>
    ['trace', ...name.split(':').filter((part) => part !== '')].map(encodeURIComponent).join('/'),
  );
  return { name: levels[0] ?? '', levels, shared: [] };
}

function endedAttempt(end: BenchEnd, decision: Decision): EndedAttempt {
  return {
    number: end.attempt,
    durationMs: end.durationMs,
    outcome: end.killed ? 'stopped' : 'succeeded',
    cause: end.killed ? 'deadline' : null,
    decision,
    resumedFromCheckpoint: false,
    outputs: 0,
  };
}

/** Rings and running attempts in memory, read back through the stored form of each sample. */
class MemoryHistory implements HistoryView {
  readonly #levels = new Map<string, LevelState>();
  readonly #running = new Map<string, number[]>();
  #last: { text: string; sample: ReturnType<typeof decodeSample> } = { text: '', sample: undefined };

  level(key: string): LevelState | undefined {
    return this.#levels.get(key);
  }

  runningSinceMs(className: string): readonly number[] {
    return this.#running.get(className) ?? [];
  }

  add(key: string, text: string): void {
    // The levels of a class get the same text one after the other.
    if (text !== this.#last.text) this.#last = { text, sample: decodeSample(text) };
    const { sample } = this.#last;
    if (sample === undefined) return;
    const state = this.#levels.get(key) ?? new LevelState();
    state.add(sample);
    this.#levels.set(key, state);
  }

  /** Starts come in order of time, so the list stays ascending. */
  started(className: string, nowMs: number): void {
    const starts = this.#running.get(className) ?? [];
    starts.push(nowMs);
    this.#running.set(className, starts);
  }

  stopped(className: string, startedMs: number): void {
    const starts = this.#running.get(className) ?? [];
    const place = nearest(starts, startedMs);
    if (place >= 0) starts.splice(place, 1);
  }
}

/** Place of the start that is nearest: durations and times differ in their last bits. */
function nearest(starts: readonly number[], startedMs: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) < startedMs) low = middle + 1;
    else high = middle;
  }
  const before =
    low > 0 && Math.abs((starts[low - 1] ?? 0) - startedMs) <= Math.abs((starts[low] ?? Infinity) - startedMs);
  return before ? low - 1 : low;
}
