import type { RedisConnection } from '../../src/redis/connection.js';
import { buildLibrary, defineScripts, readScript, type RunScript, type ScriptName } from '../../src/redis/scripts.js';

/** Scripts with something wrong in them: which one, the text that is taken out, and what stands there instead. */
export interface Variant {
  script: ScriptName | 'lib';
  instead: readonly { of: string; put: string }[];
}

/**
 * The scripts of the product with one of them replaced by a broken one. Throws when the text to be replaced is not
 * there exactly once: a variant that changes nothing would prove nothing.
 */
export function defineVariant(redis: RedisConnection, { script, instead }: Variant): RunScript {
  let replaced = false;
  const library = buildLibrary((path) => {
    const text = readScript(path);
    if (script === 'lib' ? path !== 'lib/jobs' : !path.endsWith(`/${script}`)) return text;
    replaced = true;
    return instead.reduce((broken, { of, put }) => replaceOnce(broken, of, put), text);
  });
  if (!replaced) throw new Error(`there is no script "${script}"`);
  return defineScripts(redis, library);
}

function replaceOnce(text: string, of: string, put: string): string {
  const parts = text.split(of);
  if (parts.length !== 2) throw new Error(`"${of}" is there ${parts.length - 1} times, and should be once`);
  return parts.join(put);
}
