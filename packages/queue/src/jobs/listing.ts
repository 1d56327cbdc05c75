import {
  JOB_STATES,
  LeewayError,
  type Cause,
  type Job,
  type JobId,
  type JobList,
  type JobState,
} from '@leeway/contract';
import type { RedisConnection } from '../redis/connection.js';
import { keyPart, PREFIX } from '../redis/keys.js';
import type { ProviderWaits } from '../providers/provider-waits.js';
import type { JobRecord } from '../record/job-record.js';
import { jobView } from './job-view.js';
import { readRecord } from '../record/read-record.js';

const CURSOR = /^(\d{1,16})-([A-Za-z0-9_-]{8,64})$/;
/** Records read for one page, at most: a rare label must not read the whole store. */
const MAX_SCANNED = 2_000;
const BATCH = 100;

export interface ListFilter {
  /** null: every tenant. */
  tenant: string | null;
  state?: JobState;
  cause?: Cause;
  kind?: string;
  label?: string;
  /** 1 to 200. */
  limit: number;
  /** From `next` of the page before. */
  cursor?: string;
}

/** Newest first. A page may hold fewer jobs than asked for and still have a `next`. Throws `invalid_request` for a bad cursor. */
export async function listJobs(redis: RedisConnection, filter: ListFilter, waits: ProviderWaits): Promise<JobList> {
  const scope = filter.tenant === null ? '*' : keyPart(filter.tenant);
  const states = filter.state === undefined ? JOB_STATES : [filter.state];
  // Running jobs of all tenants share a list.
  const keys = states.map((state) => `${PREFIX}:by:${state === 'running' ? '*' : scope}:${state}`);
  const jobs: Job[] = [];
  let position = parseCursor(filter.cursor);
  for (let scanned = 0; scanned < MAX_SCANNED; scanned += BATCH) {
    const entries = await newestBefore(redis, keys, position);
    const records = await Promise.all(entries.map(({ id }) => readRecord(redis, id)));
    for (const [i, record] of records.entries()) {
      position = entries[i];
      if (record.exists && matches(record, filter)) jobs.push(jobView(record, { waitingFor: await waits.of(record) }));
      if (jobs.length === filter.limit) return { jobs, next: cursorOf(position) };
    }
    if (entries.length < BATCH) return { jobs, next: null };
  }
  return { jobs, next: cursorOf(position) };
}

interface Position {
  score: number;
  id: JobId;
}

/** The batch after a position, out of the lists of several states. A job that changes its state meanwhile may be in two. */
async function newestBefore(
  redis: RedisConnection,
  keys: readonly string[],
  position: Position | undefined,
): Promise<Position[]> {
  const lists = await Promise.all(keys.map((key) => idsBefore(redis, key, position)));
  const newest = lists.flat().toSorted((a, b) => b.score - a.score || (a.id < b.id ? 1 : -1));
  return newest.filter(({ id }, i) => newest[i - 1]?.id !== id).slice(0, BATCH);
}

/** The batch after a position. Ids under one score come in reverse lexical order, as Redis keeps them. */
async function idsBefore(redis: RedisConnection, key: string, position: Position | undefined): Promise<Position[]> {
  const from = position === undefined ? '+inf' : position.score;
  const found: Position[] = [];
  for (let offset = 0; found.length < BATCH; offset += BATCH) {
    const flat = await redis.zrevrangebyscore(key, from, '-inf', 'WITHSCORES', 'LIMIT', offset, BATCH);
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const entry = { id: flat[i] as JobId, score: Number(flat[i + 1]) };
      if (position === undefined || entry.score < position.score || entry.id < position.id) found.push(entry);
    }
    if (flat.length < BATCH * 2) break;
  }
  return found.slice(0, BATCH);
}

function matches(record: JobRecord, filter: ListFilter): boolean {
  return (
    (filter.tenant === null || record.tenant === filter.tenant) &&
    (filter.cause === undefined || record.text('cause') === filter.cause) &&
    (filter.kind === undefined || record.text('kind') === filter.kind) &&
    (filter.label === undefined || record.text('label') === filter.label)
  );
}

function parseCursor(cursor: string | undefined): Position | undefined {
  if (cursor === undefined) return undefined;
  const match = CURSOR.exec(cursor);
  if (match === null)
    throw new LeewayError(
      'invalid_request',
      `cursor: expected the "next" of an earlier page; got "${cursor.slice(0, 80)}"`,
      { errors: [{ path: '/cursor', message: 'is not a cursor of this list' }] },
    );
  return { score: Number(match[1]), id: match[2] as JobId };
}

function cursorOf(position: Position | undefined): string | null {
  return position === undefined ? null : `${position.score}-${position.id}`;
}
