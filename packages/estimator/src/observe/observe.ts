import type { Decision } from '@leeway/contract';
import { classOf, type EndedAttempt, killedAtDeadline, killsOfSameWork } from './ended-attempt.js';
import type { EndedJob, Observations } from './observations.js';
import { loadEntries, scoreEntry } from './scores.js';
import type { JobClass } from '../classify/job-class.js';
import { coldRingKey, levelRingKeys, type LevelMetric, sharedRingKey } from '../history/ring-key.js';
import { encodeSample, isObservation, type Sample, sourceName } from '../history/sample.js';
import { judgeShadows } from './shadow-judgement.js';

type Finding = Omit<Sample, 'atMs' | 'baseMs'>;

/**
 * Observations from the end of an attempt. A success: its duration, which also shows whether the kill before it was wrong. A
 * kill before a retry: none yet. A kill without a retry, or a cancelled attempt: longer than its duration. Two kills: a hang.
 * A failure, a lost worker, a shutdown: none about durations, so quick failures shorten no deadline.
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

/** The deadline under the profile `balanced` where the job's is tighter: a kill under a tighter one is no error of the class. */
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

/** First outputs after a start have a ring of their own. */
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

/** As for the deadline: none before a retry, a hang after two stops by the same window, else longer than the window. */
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
    // Without the worker: tenants see nothing of each other's workers.
    ...ran.shared.map((level) => ({ key: sharedRingKey(metric, level), sample: text })),
  ];
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
