import type { RedisConnection } from '../../src/redis/connection.js';
import { buildLibrary, readScript } from '../../src/redis/script-library.js';
import { defineScripts, type RunScript } from '../../src/redis/scripts.js';

/** A mistake in a script: its path below `scripts`, and texts of it with what replaces them. */
export interface Variant {
  path: string;
  replace: readonly { text: string; by: string }[];
}

/**
 * The scripts of the product with a mistake in one of them. Throws when a text to be replaced is not there exactly once: a
 * variant that changes nothing would prove nothing.
 */
export function defineVariant(redis: RedisConnection, { path, replace }: Variant): RunScript {
  let isFound = false;
  const library = buildLibrary((each) => {
    const script = readScript(each);
    if (each !== path) return script;
    isFound = true;
    return replace.reduce(replaceOnce, script);
  });
  if (!isFound) throw new Error(`there is no script ${path}.lua`);
  return defineScripts(redis, library);
}

function replaceOnce(script: string, { text, by }: Variant['replace'][number]): string {
  const parts = script.split(text);
  if (parts.length !== 2) throw new Error(`"${text}" is in the script ${parts.length - 1} times, expected once`);
  return parts.join(by);
}
