import { Cluster } from 'ioredis';
import type { RedisConnection } from './connection.js';
import { PREFIX } from './keys.js';
import { LIBRARY_PREFIX, type FunctionLibrary } from './script-library.js';

/** Library name -> when it was last noted as in use. */
export const USED_KEY = `${PREFIX}:libraries`;
/** A library that was not noted for so long belongs to a version that runs no more, in ms. Whoever still needs it loads it again. */
export const UNUSED_MS = 86_400_000;

/** On every master of a cluster: a function runs where its keys are. */
export async function loadLibrary(redis: RedisConnection, { name, code }: FunctionLibrary): Promise<void> {
  await Promise.all(mastersOf(redis).map((master) => unlessDone(master.function('LOAD', code), 'already exists')));
  await noteLibraryUse(redis, name);
}

/** Keeps a library from being deleted as unused. Called again and again by every worker. */
export async function noteLibraryUse(redis: RedisConnection, name: string): Promise<void> {
  await redis.zadd(USED_KEY, await nowMs(redis), name);
}

/** Deletes the libraries of older versions. Returns how many. */
export async function deleteUnusedLibraries(redis: RedisConnection): Promise<number> {
  await redis.zremrangebyscore(USED_KEY, '-inf', (await nowMs(redis)) - UNUSED_MS);
  const used = new Set(await redis.zrange(USED_KEY, '0', '-1'));
  const deleted = await Promise.all(
    mastersOf(redis).map(async (master) => {
      const unused = (await loadedOn(master)).filter((name) => !used.has(name));
      await Promise.all(unused.map((name) => unlessDone(master.function('DELETE', name), 'not found')));
      return unused.length;
    }),
  );
  return Math.max(...deleted);
}

async function loadedOn(redis: Pick<RedisConnection, 'function'>): Promise<string[]> {
  const libraries = (await redis.function('LIST', 'LIBRARYNAME', `${LIBRARY_PREFIX}*`)) as string[][];
  return libraries.map((fields) => fields[fields.indexOf('library_name') + 1] as string);
}

/** Another process may have been first. */
async function unlessDone(call: Promise<unknown>, alreadyDone: string): Promise<void> {
  await call.catch((error: unknown) => {
    if (!(error instanceof Error) || !error.message.includes(alreadyDone)) throw error;
  });
}

/** By the clock of Redis, which all versions share. */
async function nowMs(redis: RedisConnection): Promise<number> {
  const [seconds] = await redis.time();
  return Number(seconds) * 1_000;
}

function mastersOf(redis: RedisConnection): Pick<RedisConnection, 'function'>[] {
  return redis instanceof Cluster ? redis.nodes('master') : [redis];
}
