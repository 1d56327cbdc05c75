import { JOB_STATES, type Job, type JobId, type JobState } from '@leeway/contract';
import type { ProviderWaits } from '../providers/provider-waits.js';
import type { RedisConnection } from '../redis/connection.js';
import { PREFIX } from '../redis/keys.js';
import type { RunScript } from '../redis/scripts.js';
import { readOutput, type StoredOutput } from '../events/stored-events.js';
import { readRecord } from '../record/read-record.js';
import { jobView } from './job-view.js';

/** Undefined: no such job. */
export async function readJob(redis: RedisConnection, id: JobId, waits: ProviderWaits): Promise<Job | undefined> {
  const record = await readRecord(redis, id);
  if (!record.exists) return undefined;
  // A paused job may have an open attempt, whose lease is renewed too.
  if (record.state !== 'running' && record.state !== 'paused')
    return jobView(record, { waitingFor: await waits.of(record) });
  if (record.text('plan') !== undefined) return jobView(record);
  const renewedAt = await redis.zscore(`${PREFIX}:leases`, `${id}.${record.last}`);
  return jobView(record, { heartbeatMs: renewedAt === null ? undefined : Number(renewedAt) });
}

export async function countJobs(redis: RedisConnection): Promise<Record<JobState, number>> {
  const counts = await Promise.all(JOB_STATES.map((state) => redis.zcard(`${PREFIX}:by:*:${state}`)));
  return Object.fromEntries(JOB_STATES.map((state, i) => [state, counts[i] ?? 0])) as Record<JobState, number>;
}

/** Output of one attempt, or of all of them. */
export async function readJobOutput(
  { redis, run }: { redis: RedisConnection; run: RunScript },
  id: JobId,
  options: { attempt?: number; tailBytes?: number },
): Promise<StoredOutput> {
  const record = await readRecord(redis, id);
  const { attempt } = options;
  const numbers = attempt === undefined ? Array.from({ length: record.last }, (_, i) => i + 1) : [attempt];
  return {
    chunks: await readOutput(run, id, options),
    truncated: numbers.some((n) => record.text(`a${n}:truncated`) === '1'),
  };
}
