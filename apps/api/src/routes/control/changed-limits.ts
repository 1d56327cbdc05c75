import { limitsFor, overallBoundMs, type Job, type Policy, type Timeout } from '@leeway/contract';
import type { LimitChanges } from '@leeway/queue';

export type ChangedJob = Pick<Job, 'tier' | 'stream' | 'limits'>;

/** The changes under the overall cap of the job's tier, as at its submission; a job without a timeout has no such cap. */
export function underTier(changes: LimitChanges, job: ChangedJob, policy: Policy): LimitChanges {
  if (changes.overallMs === undefined) return changes;
  const { timeoutMs } = { ...statedLimits(job), ...changes };
  const capMs = limitsFor({ policy, tier: job.tier, stream: job.stream, timeoutMs }).overallMs ?? Infinity;
  return { ...changes, overallMs: Math.min(changes.overallMs, capMs) };
}

/** The bound of all attempts after the changes; undefined: unchanged. */
export function newBoundMs(changes: LimitChanges, job: ChangedJob, policy: Policy): number | undefined {
  if (changes.overallMs === undefined && changes.timeoutMs === undefined) return undefined;
  const { tier, stream } = job;
  return overallBoundMs({ policy, tier, stream, limits: { ...statedLimits(job), ...changes } });
}

function statedLimits({ limits }: ChangedJob): { overallMs?: number; mode?: string; timeoutMs?: Timeout } {
  return limits;
}
