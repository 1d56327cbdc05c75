import { createHash } from 'node:crypto';
import { limitsFor, streams, type JobId, type Policy } from '@leeway/contract';
import { keyPart } from './keys.js';
import type { NewJob } from './verbs.js';

/** The arguments of submit.lua for a new job: where it goes, what bounds it, and the fields of its record. */
export function submitArgs(id: JobId, job: NewJob, policy: Policy): (string | number)[] {
  const { submission: s, caller, quote, idempotency } = job;
  const { retention, limits } = policy;
  const delayMs = s.delayMs ?? 0;
  const completeBy = s.completeBy === undefined ? undefined : Date.parse(s.completeBy);
  const stated = {
    timeoutMs: s.timeoutMs,
    ...s.limits,
    completeBy: s.completeBy,
    delayMs: s.delayMs,
    onWorkerLost: s.onWorkerLost,
    overlap: s.overlap,
  };
  const fields: [string, string | number | undefined][] = [
    ['v', 1],
    ['id', id],
    ['kind', s.kind],
    ['queue', job.queue],
    ['label', s.label ?? ''],
    ['tenant', caller.tenant],
    ['tk', keyPart(caller.tenant)],
    ['tier', caller.tier],
    ['stream', streams(s) ? 1 : 0],
    ['class', job.class],
    ['ck', keyPart(job.class)],
    ['input', JSON.stringify(s.input ?? null)],
    ['limits', JSON.stringify(stated)],
    ['quote', JSON.stringify(quote)],
    ['metadata', s.metadata === undefined ? undefined : JSON.stringify(s.metadata)],
    ['maxAttempts', s.attempts ?? limits.attempts],
    ['priority', s.priority ?? 0],
    ['onWorkerLost', s.onWorkerLost ?? 'retry'],
    ['queueMs', s.limits?.queueMs],
    ['overallMs', overallMs(job, policy)],
    ['completeBy', completeBy],
  ];
  const present = fields.flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  const idemKey =
    idempotency === undefined ? '' : createHash('sha256').update(`${caller.tenant}\0${idempotency.key}`).digest('hex');
  const state = delayMs > 0 ? 'scheduled' : 'queued';
  return [
    id,
    keyPart(caller.tenant),
    state,
    retention.maxWaiting,
    idemKey,
    retention.idempotencyMs,
    idempotency?.bodyHash ?? '-',
    delayMs,
    retention.maxEvents,
    ...present,
  ];
}

/** What was asked for, under the cap of the tier; the cap holds also where nothing was asked for. */
function overallMs({ submission, caller }: NewJob, policy: Policy): number | undefined {
  const tier = limitsFor({ policy, tier: caller.tier, stream: streams(submission) });
  const mostMs = Math.min(submission.limits?.overallMs ?? Infinity, tier.overallMs ?? Infinity);
  return mostMs === Infinity ? undefined : mostMs;
}
