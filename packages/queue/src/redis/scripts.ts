import type { RedisConnection } from './connection.js';
import { GroupCommit, type SendCalls } from './group-commit.js';
import { PREFIX } from './keys.js';
import { loadLibrary } from './loaded-libraries.js';
import { functionName, productLibrary, type FunctionLibrary, type ScriptName } from './script-library.js';

export type { ScriptName } from './script-library.js';
export type ScriptArg = string | number;

/** Calls a script by name; the reply is described in its header. */
export type RunScript = (name: ScriptName, ...args: ScriptArg[]) => Promise<unknown>;

/**
 * Calls the functions of a library, and loads it where Redis does not have it (a new Redis, or one that came back empty).
 * Calls that find others under way go together; each has its own reply or error.
 */
export function defineScripts(redis: RedisConnection, library: FunctionLibrary = productLibrary()): RunScript {
  const send = sender(redis, library);
  let loading: Promise<void> | undefined;
  const group = new GroupCommit(async (calls) => {
    try {
      return await send(calls);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes('Function not found')) throw error;
      loading ??= loadLibrary(redis, library).finally(() => (loading = undefined));
      await loading;
      return send(calls);
    }
  });
  return (name, ...args) => group.call(name, args);
}

function sender(redis: RedisConnection, library: FunctionLibrary): SendCalls {
  const fcall = (name: string, args: readonly ScriptArg[]) =>
    redis.fcall(functionName(library.name, name), 1, PREFIX, ...args);
  return async (calls) => {
    const [only] = calls;
    if (only !== undefined && calls.length === 1) return [await fcall(only.name, only.args)];
    const batch = calls.flatMap(({ name, args }) => [name, args.length, ...args]);
    try {
      const replies = (await fcall('batch', batch)) as ([1, unknown] | [0, string])[];
      return replies.map(([ok, reply]) => (ok === 1 ? reply : new Error(reply)));
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('OOM')) throw error;
      // Nothing of the group has run. Some of its calls may run although the memory is full: each is asked for by itself.
      const each = await Promise.allSettled(calls.map(({ name, args }) => fcall(name, args)));
      return each.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as Error)));
    }
  };
}
