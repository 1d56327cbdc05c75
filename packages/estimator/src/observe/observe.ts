import type { Decision, Policy } from '@leeway/contract';
import { type ClassCounter, classOf, type EndedAttempt, killedAtDeadline, killsOfSameWork } from './ended-attempt.js';
import type { JobClass } from '../classify/job-class.js';
import {
  coldRingKey,
  levelRingKeys,
  loadRingKeys,
  type LevelMetric,
  type RingKey,
  scoreRingKeys,
  sharedRingKey,
} from '../history/ring-key.js';
import { encodeSample, isObservation, type Sample } from '../history/sample.js';
import { judgeShadows, type StoredShadowCounter } from './shadow-judgement.js';
import { sourceName } from '../history/sample.js';

/** What the ending of one attempt adds to the history. Applied in the same step that settles the attempt, so exactly once. */
export interface Observations {
  /** The class whose counters these are. */
  className: string;
  rings: { key: RingKey; sample: string }[];
  counters: Partial<Record<ClassCounter | StoredShadowCounter, number>>;
}

export interface EndedJob {
  /** Tells jobs apart; scores are spread over rings by it. */
  id: string;
  tenant: string;
  /** Class of what was asked for. */
  jobClass: JobClass;
  /** All that have ended so far, oldest first; the last is the one that just ended. */
  attempts: readonly EndedAttempt[];
  /** Whether another attempt will follow. */
  willRetry: boolean;
  /** Wall clock. */
  nowMs: number;
  policy: Policy;
}

type Finding = Omit<Sample, 'atMs' | 'baseMs'>;

/**
 * What an attempt teaches about its class. A success: its duration, which also judges the kill before it. A kill with a
 * retry to come: nothing yet. A kill that no retry can judge any more: longer than this. Two kills: it hangs. Cancelled:
 * longer than this. A failure, a lost worker, a shutdown: nothing about time, so quick failures shorten no deadline.
 */
export function observe(job: EndedJob): Observations {
  const last = job.attempts.at(-1);
  if (last === undefined) return { className: job.jobClass.name, rings: [], counters: {} };
  const ran = classOf(last, job.jobClass);
  const findings: [LevelMetric, Finding | undefined][] = [
    ['total', totalFinding(job, last)],
    ['first', isCold(last) ? undefined : firstFinding(job, last)],
    ['idle', gapFinding(job, last, 'idle')],
    ['tool', gapFinding(job, last, 'tool_silence')],
    ['queue', last.queuedMs === undefined ? undefined : exact(Math.max(1, last.queuedMs))],
  ];
  const rings = findings.flatMap(([metric, finding]) => ringEntries({ job, ran, metric, finding, last }));
  return {
    className: ran.name,
    rings: [...rings, ...coldEntry(job, ran, last), ...scoreEntry(job, ran, last), ...loadEntries(job, ran, last)],
    counters: { ...countersOf(job, last), ...judgeShadows(job) },
  };
}

function totalFinding(job: EndedJob, last: EndedAttempt): Finding | undefined {
  const kills = killsOfSameWork(job.attempts, job.jobClass);
  const firstDeadlineMs = balancedDeadlineMs((kills[0] ?? last).decision);
  const longestKillMs = Math.max(0, ...kills.map(({ durationMs }) => durationMs));
  const unjudged: Finding | undefined =
    kills.length === 0 ? undefined : { valueMs: longestKillMs, kind: 'censored', deadlineMs: firstDeadlineMs };
  switch (last.outcome) {
    case 'succeeded':
      if (!last.resumedFromCheckpoint) return { ...exact(last.durationMs), deadlineMs: firstDeadlineMs };
      return { valueMs: Math.max(last.durationMs, longestKillMs), kind: 'censored', deadlineMs: firstDeadlineMs };
    case 'stopped':
      if (job.willRetry) return undefined;
      if (!killedAtDeadline(last)) return unjudged ?? { valueMs: last.durationMs, kind: 'censored', deadlineMs: 0 };
      return {
        valueMs: Math.max(longestKillMs, last.durationMs),
        // Two kills under a tight profile do not show that it would never have ended.
        kind: kills.length > 0 && last.durationMs >= firstDeadlineMs ? 'hung' : 'censored',
        deadlineMs: firstDeadlineMs,
      };
    case 'cancelled':
      return { valueMs: Math.max(longestKillMs, last.durationMs), kind: 'censored', deadlineMs: firstDeadlineMs };
    case 'failed':
      return job.willRetry ? undefined : unjudged;
    case 'lost':
    case 'released':
    case 'deferred':
      return undefined;
  }
}

/** What a deadline would have been under no tighter profile: what a caller prefers for a job is no error of the class. */
function balancedDeadlineMs({ deadlineMs, profile }: Decision): number {
  return deadlineMs / Math.min(1, profile?.margin ?? 1);
}

function firstFinding(job: EndedJob, last: EndedAttempt): Finding | undefined {
  if (last.outcome === 'stopped' && last.cause === 'first_output')
    return stoppedByClock(job, 'first_output', last.decision.firstOutputMs);
  return last.outcome !== 'succeeded' || last.firstOutputMs === undefined ? undefined : exact(last.firstOutputMs);
}

function isCold({ decision }: EndedAttempt): boolean {
  return decision.startUpMs !== undefined;
}

/** The first output of an attempt that may have had to start up says nothing about one that has not. */
function coldEntry(job: EndedJob, ran: JobClass, last: EndedAttempt): Observations['rings'] {
  const finding = isCold(last) ? firstFinding(job, last) : undefined;
  if (finding === undefined) return [];
  const sample: Sample = { ...finding, baseMs: 0, atMs: job.nowMs };
  return isObservation(sample) ? [{ key: coldRingKey(job.tenant, ran), sample: encodeSample(sample) }] : [];
}

function gapFinding(job: EndedJob, last: EndedAttempt, cause: 'idle' | 'tool_silence'): Finding | undefined {
  const limitMs = cause === 'idle' ? last.decision.idleMs : last.decision.toolMs;
  if (last.outcome === 'stopped' && last.cause === cause) return stoppedByClock(job, cause, limitMs);
  const gapMs = cause === 'idle' ? last.maxGapMs : last.maxToolGapMs;
  const active = cause === 'tool_silence' || last.outputs > 1;
  return last.outcome !== 'succeeded' || gapMs === undefined || !active ? undefined : exact(gapMs);
}

/** Like the total clock: nothing while a retry may judge it, hung when the same clock has ended two, else longer than this. */
function stoppedByClock(job: EndedJob, cause: EndedAttempt['cause'], limitMs: number | null): Finding | undefined {
  if (job.willRetry || limitMs === null) return undefined;
  const before = job.attempts.slice(0, -1).some((attempt) => attempt.outcome === 'stopped' && attempt.cause === cause);
  return { valueMs: limitMs, kind: before ? 'hung' : 'censored', deadlineMs: limitMs };
}

function ringEntries(args: {
  job: EndedJob;
  ran: JobClass;
  metric: LevelMetric;
  finding: Finding | undefined;
  last: EndedAttempt;
}): Observations['rings'] {
  const { job, ran, metric, finding, last } = args;
  if (finding === undefined) return [];
  const sample: Sample = { ...finding, baseMs: metric === 'total' ? (last.decision.baseMs ?? 0) : 0, atMs: job.nowMs };
  if (!isObservation(sample)) return [];
  const text = encodeSample(sample);
  if (metric !== 'total') return levelRingKeys(metric, job.tenant, ran).map((key) => ({ key, sample: text }));
  const sourced = last.worker === undefined ? text : encodeSample({ ...sample, from: sourceName(last.worker) });
  return [
    ...levelRingKeys(metric, job.tenant, ran).map((key) => ({ key, sample: sourced })),
    // Tenants learn nothing of each other's workers.
    ...ran.shared.map((level) => ({ key: sharedRingKey(metric, level), sample: text })),
  ];
}

/** How many times the usual duration a success took, as the first attempt saw it: what margins are measured from. */
function scoreEntry(job: EndedJob, ran: JobClass, last: EndedAttempt): Observations['rings'] {
  // What is usual for the model that was asked says nothing of the one that ran.
  if (last.outcome !== 'succeeded' || last.resumedFromCheckpoint || ran.name !== job.jobClass.name) return [];
  const { baseMs, loadFactor } = (killsOfSameWork(job.attempts, job.jobClass)[0] ?? last).decision;
  if (baseMs === null || !(baseMs > 0)) return [];
  const keys = scoreRingKeys(job.tenant, ran);
  const key = keys[spread(job.id) % keys.length];
  const sample: Sample = {
    valueMs: last.durationMs / (baseMs * loadFactor),
    kind: 'exact',
    deadlineMs: 0,
    baseMs: 0,
    atMs: job.nowMs,
    ...(last.worker === undefined ? {} : { from: sourceName(last.worker) }),
  };
  return key === undefined || !isObservation(sample) ? [] : [{ key, sample: encodeSample(sample) }];
}

/**
 * How many times the expected duration a success took, load left out: what the load factor is measured from. What was
 * expected by the results of other work says nothing of load: a class that is slower than its kin is so every day.
 */
function loadEntries(job: EndedJob, ran: JobClass, last: EndedAttempt): Observations['rings'] {
  const { expectedMs, loadFactor, level, baseMs, ratio = 1 } = last.decision;
  if (last.outcome !== 'succeeded' || last.resumedFromCheckpoint) return [];
  if (level !== ran.name || baseMs === null || expectedMs === null || !(expectedMs > 0)) return [];
  const sample: Sample = {
    // Where its kin has longer runs than the few of its own, that much is not load (hang detection 1.50 instead of 1.51).
    valueMs: (last.durationMs * loadFactor) / (expectedMs * ratio),
    kind: 'exact',
    deadlineMs: 0,
    baseMs: 0,
    atMs: job.nowMs,
    from: sourceName(last.worker),
  };
  if (!isObservation(sample)) return [];
  const text = encodeSample(sample);
  return loadRingKeys(job.tenant, ran).map((key) => ({ key, sample: text }));
}

const HASH_START = 2_166_136_261;
const HASH_PRIME = 16_777_619;

/** A whole number that differs from job to job, so that each score ring gets its part (FNV-1a). */
function spread(id: string): number {
  let hash = HASH_START;
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), HASH_PRIME);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function countersOf(job: EndedJob, last: EndedAttempt): Observations['counters'] {
  switch (last.outcome) {
    case 'succeeded': {
      const falseKills = killsOfSameWork(job.attempts, job.jobClass).filter(
        (kill) => last.durationMs > kill.decision.deadlineMs,
      ).length;
      return falseKills > 0 && !last.resumedFromCheckpoint ? { succeeded: 1, falseKills } : { succeeded: 1 };
    }
    case 'failed':
      return { failed: 1 };
    case 'stopped':
      return { killed: 1 };
    case 'cancelled':
      return { cancelled: 1 };
    case 'lost':
      return { lost: 1 };
    case 'released':
    case 'deferred':
      return {};
  }
}

function exact(valueMs: number): Finding {
  return { valueMs, kind: 'exact', deadlineMs: 0 };
}
