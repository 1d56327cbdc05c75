import type { JobId } from '@leeway/contract';
import type { RedisConnection } from '../redis/connection.js';
import { PREFIX } from '../redis/keys.js';
import { JobRecord } from './job-record.js';

/** The record of a job with its long values. Without a state where there is no such job. */
export async function readRecord(redis: RedisConnection, id: JobId): Promise<JobRecord> {
  const [fields, spec, data] = await Promise.all([
    redis.hgetall(`${PREFIX}:job:${id}`),
    redis.get(`${PREFIX}:spec:${id}`),
    redis.hgetall(`${PREFIX}:data:${id}`),
  ]);
  return new JobRecord(id, fields, { spec, data });
}
