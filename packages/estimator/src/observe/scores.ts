import type { JobClass } from '../classify/job-class.js';
import { loadRingKeys, scoreRingKeys } from '../history/ring-key.js';
import { encodeSample, isObservation, type Sample, sourceName } from '../history/sample.js';
import { type EndedAttempt, killsOfSameWork } from './ended-attempt.js';
import type { EndedJob, Observations } from './observations.js';

/** Duration of a success divided by the usual duration at the first attempt. Margins are measured from these. */
export function scoreEntry(job: EndedJob, ran: JobClass, last: EndedAttempt): Observations['rings'] {
  // The decision has the usual duration of the model of the submission, not of the one that ran.
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
 * Duration of a success divided by the expected duration without load. Load factors are measured from these. Only with
 * figures of the class itself: a class that is slower than similar work is so without any load.
 */
export function loadEntries(job: EndedJob, ran: JobClass, last: EndedAttempt): Observations['rings'] {
  const { expectedMs, loadFactor, level, baseMs, ratio = 1 } = last.decision;
  if (last.outcome !== 'succeeded' || last.resumedFromCheckpoint) return [];
  if (level !== ran.name || baseMs === null || expectedMs === null || !(expectedMs > 0)) return [];
  const sample: Sample = {
    // A ratio from similar work is not load (hang detection 1.50 instead of 1.51).
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

/** A hash of the job's id that spreads scores over rings (FNV-1a). */
function spread(id: string): number {
  let hash = HASH_START;
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), HASH_PRIME);
  return (hash ^ (hash >>> 15)) >>> 0;
}
