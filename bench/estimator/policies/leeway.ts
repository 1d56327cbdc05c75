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

/** The policy of the product with its defaults. */
export const leeway = leewayWith({});

/**
 * The policy of the product, by the functions `decide` and `observe` that workers call. Two settings differ: the floors are
 * 0, as they are for mixed work and a trace is of one kind, and the operator's limit is that of the trace.
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
  const decisionFor = (job: BenchJob, nowMs: number, more: Partial<DecisionRequest>): Decision =>
    decide({ jobClass: classOf(job), tenant: TENANT, kind, policy, tuning, history, nowMs, attempt: 1, ...more });
  const apply = (job: BenchJob, decision: Decision): number => {
    const before = open.get(job.id);
    open.set(job.id, { ended: before?.ended ?? [], decision });
    return decision.deadlineMs;
  };

  return {
    first: (job, nowMs) => apply(job, decisionFor(job, nowMs, {})),
    second: (job, nowMs, killedMs) => apply(job, decisionFor(job, nowMs, { attempt: 2, previousDeadlineMs: killedMs })),
    again: (job, nowMs, { number, elapsedMs, killedMs }) => {
      const decision = decisionFor(
        job,
        nowMs,
        number === 1 ? { elapsedMs } : { attempt: 2, elapsedMs, previousDeadlineMs: killedMs },
      );
      if (decision.deadlineMs > elapsedMs * (1 + GROWTH_NOTICED))
        apply(job, { ...(open.get(job.id)?.decision ?? decision), deadlineMs: decision.deadlineMs });
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

/** The class of a key. Each trace is one kind, so that its most general level is the whole trace. */
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

/** Levels and running attempts in memory. Each sample passes through its stored form, as in the product. */
class MemoryHistory implements HistoryView {
  private readonly levels = new Map<string, LevelState>();
  private readonly running = new Map<string, number[]>();
  private last: { text: string; sample: ReturnType<typeof decodeSample> } = { text: '', sample: undefined };

  level(key: string): LevelState | undefined {
    return this.levels.get(key);
  }

  runningSinceMs(className: string): readonly number[] {
    return this.running.get(className) ?? [];
  }

  add(key: string, text: string): void {
    // The levels of a class get the same text one after another.
    if (text !== this.last.text) this.last = { text, sample: decodeSample(text) };
    const { sample } = this.last;
    if (sample === undefined) return;
    const state = this.levels.get(key) ?? new LevelState();
    state.add(sample);
    this.levels.set(key, state);
  }

  /** Starts come in order of time, which keeps the list ascending. */
  started(className: string, nowMs: number): void {
    const starts = this.running.get(className) ?? [];
    starts.push(nowMs);
    this.running.set(className, starts);
  }

  stopped(className: string, startedMs: number): void {
    const starts = this.running.get(className) ?? [];
    const place = nearest(starts, startedMs);
    if (place >= 0) starts.splice(place, 1);
  }
}

/** Index of the nearest start: durations and times differ in their last bits. */
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
