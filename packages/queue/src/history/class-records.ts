import type { RedisConnection } from '../redis/connection.js';
import { keyPart, PREFIX } from '../redis/keys.js';

/** Counters of a class as they are stored. */
export interface ClassRecord {
  tenant: string;
  class: string;
  lastAt: string | null;
  /** Attempts of it that run now. */
  running: number;
  counters: Record<string, number>;
}

/** The classes of a tenant, newest first; null: of every tenant. */
export async function readClasses(redis: RedisConnection, tenant: string | null): Promise<ClassRecord[]> {
  const members = await redis.zrevrange(`${PREFIX}:classes`, '0', '-1', 'WITHSCORES');
  const wanted = members.flatMap((member, i) =>
    i % 2 === 0 && (tenant === null || member.startsWith(`${keyPart(tenant)}|`))
      ? [{ member, at: Number(members[i + 1]) }]
      : [],
  );
  return Promise.all(wanted.map(({ member, at }) => classRecord(redis, member, at)));
}

async function classRecord(redis: RedisConnection, member: string, at: number): Promise<ClassRecord> {
  const [tenant, name] = member.split('|') as [string, string];
  const [fields, running] = await Promise.all([
    redis.hgetall(`${PREFIX}:class:${tenant}:${name}`),
    redis.zcard(`${PREFIX}:running:${tenant}:${name}`),
  ]);
  const { name: className, ...counters } = fields;
  return {
    tenant: decodeURIComponent(tenant),
    class: className ?? decodeURIComponent(name),
    lastAt: new Date(at).toISOString(),
    running,
    counters: Object.fromEntries(Object.entries(counters).map(([key, value]) => [key, Number(value)])),
  };
}
