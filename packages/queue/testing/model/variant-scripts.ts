import { readFileSync } from 'node:fs';
import type { RedisConnection } from '../../src/redis/connection.js';
import { PREFIX } from '../../src/redis/keys.js';
import { defineScripts, type RunScript, type ScriptArg, type ScriptName } from '../../src/redis/scripts.js';

/** Scripts with something wrong in them: which one, the text that is taken out, and what stands there instead. */
export interface Variant {
  script: ScriptName | 'lib';
  instead: readonly { of: string; put: string }[];
}

const folder = new URL('../../scripts/', import.meta.url);
const source = (name: string): string => readFileSync(new URL(`${name}.lua`, folder), 'utf8');

/**
 * The scripts of the product with one of them replaced by a broken one. Throws when the text to be replaced is not
 * there exactly once: a variant that changes nothing would prove nothing.
 */
export function defineVariant(redis: RedisConnection, { script, instead }: Variant): RunScript {
  const real = defineScripts(redis);
  const broken = instead.reduce((text, { of, put }) => replaceOnce(text, of, put), source(script));
  const run: RunScript = (name, ...args) => {
    if (script !== 'lib' && name !== script) return real(name, ...args);
    const [lib, own] = script === 'lib' ? [broken, source(name)] : [source('lib'), broken];
    const lua = `${lib}\n${source('steps')}\n${own}`;
    return redis.eval(lua, 1, PREFIX, ...args.map((arg: ScriptArg) => String(arg))) as Promise<unknown>;
  };
  return run;
}

function replaceOnce(text: string, of: string, put: string): string {
  const parts = text.split(of);
  if (parts.length !== 2) throw new Error(`"${of}" is there ${parts.length - 1} times, and should be once`);
  return parts.join(put);
}
