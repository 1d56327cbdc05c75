import { readFileSync } from 'node:fs';
import { PREFIX } from './keys.js';
import type { RedisConnection } from './connection.js';

const NAMES = [
  'submit',
  'open',
  'bind',
  'emit',
  'settle',
  'lose',
  'explain',
  'beat',
  'cancel',
  'sweep',
  'expire',
  'moved',
  'prune',
  'attempts-of',
  'pause',
  'resume',
  'hold',
  'retry',
  'limits',
  'step-results',
  'hook-take',
  'hook-note',
  'import-ring',
  'forget-class',
  'provider-look',
  'provider-enter',
  'provider-answered',
  'provider-failed',
  'provider-hold',
  'provider-park',
  'provider-release',
  'provider-resume',
] as const;
export type ScriptName = (typeof NAMES)[number];
export type ScriptArg = string | number;

/** Calls a script by name; the reply is as its header says. */
export type RunScript = (name: ScriptName, ...args: ScriptArg[]) => Promise<unknown>;

const folder = new URL('../../scripts/', import.meta.url);
const read = (name: string) => readFileSync(new URL(`${name}.lua`, folder), 'utf8');
const sources = new Map<ScriptName, string>();

/** Registers the scripts with a connection; they are sent by hash and loaded where they are missing. */
export function defineScripts(redis: RedisConnection): RunScript {
  for (const name of NAMES) {
    if (!sources.has(name)) sources.set(name, [...sharedBy(name), name].map(read).join('\n'));
    redis.defineCommand(command(name), { numberOfKeys: 1, lua: sources.get(name) as string });
  }
  const commands = redis as unknown as Record<string, (...args: ScriptArg[]) => Promise<unknown>>;
  return (name, ...args) =>
    (commands[command(name)] as (...a: ScriptArg[]) => Promise<unknown>).call(redis, PREFIX, ...args);
}

/** What stands in front of a script. */
function sharedBy(name: ScriptName): string[] {
  if (name.startsWith('provider-')) return ['lib', 'steps', 'lib-provider'];
  return name.startsWith('hook-') ? ['lib', 'steps', 'lib-hook'] : ['lib', 'steps'];
}

function command(name: ScriptName): string {
  return `leeway_${name.replaceAll('-', '_')}`;
}
