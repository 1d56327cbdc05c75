import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { GroupCommit, type SendCalls } from './group-commit.js';
import { PREFIX } from './keys.js';
import type { RedisConnection } from './connection.js';

/** Shared by all scripts, in the order in which they build on each other. */
const SHARED = [
  'keys',
  'events',
  'outbox',
  'states',
  'workflow-time',
  'waiting',
  'webhooks',
  'finish',
  'attempts',
  'lost-attempts',
  'rings',
  'workflow-steps',
  'resuming',
  'providers',
  'begin',
] as const;

/** Path of each script below `scripts/`; its file name is the name that callers use. */
const SCRIPTS = {
  submit: 'jobs',
  cancel: 'jobs',
  pause: 'jobs',
  resume: 'jobs',
  retry: 'jobs',
  'change-limits': 'jobs',
  expire: 'jobs',
  'read-events': 'jobs',
  'open-attempts-of': 'attempts',
  claim: 'attempts',
  'bind-decision': 'attempts',
  report: 'attempts',
  settle: 'attempts',
  'mark-lost': 'attempts',
  'record-death-cause': 'attempts',
  beat: 'attempts',
  'set-paused': 'attempts',
  'step-results': 'workflows',
  'read-circuit': 'providers',
  admit: 'providers',
  'call-succeeded': 'providers',
  'call-failed': 'providers',
  'rate-limited': 'providers',
  'quota-exhausted': 'providers',
  'release-probe': 'providers',
  'resume-provider': 'providers',
  'take-due': 'webhooks',
  'record-delivery': 'webhooks',
  'enqueue-sync': 'outbox',
  'read-sync': 'outbox',
  'ack-sync': 'outbox',
  'forget-class': 'history',
  'import-ring': 'history',
  prune: 'maintenance',
  sweep: 'maintenance',
} as const;

/** Scripts that Redis runs although its memory is full: they free memory, or keep healthy attempts from being taken for lost. */
const RUNS_WHEN_FULL: readonly ScriptName[] = ['beat', 'prune', 'read-sync', 'ack-sync', 'forget-class'];

export type ScriptName = keyof typeof SCRIPTS;
export type ScriptArg = string | number;

/** Calls a script by name; the reply is as its header says. */
export type RunScript = (name: ScriptName, ...args: ScriptArg[]) => Promise<unknown>;

/** The text of a script by its path below `scripts/`, without the ending. */
export type ReadScript = (path: string) => string;

export interface FunctionLibrary {
  /** Distinct for each content, so that two versions of the product can share a Redis. */
  readonly name: string;
  readonly code: string;
}

const folder = new URL('../../scripts/', import.meta.url);
export const readScript: ReadScript = (path) => readFileSync(new URL(`${path}.lua`, folder), 'utf8');
let product: FunctionLibrary | undefined;

/**
 * One library of Redis Functions with all scripts: shared code is compiled once when it is loaded, not with every call.
 * `read`: for tests, which replace the text of a script.
 */
export function buildLibrary(read: ReadScript = readScript): FunctionLibrary {
  const body = [
    ...SHARED.map((name) => read(`lib/${name}`)),
    ...Object.entries(SCRIPTS).map(([name, in_]) => define(name, read(`${in_}/${name}`))),
    read('lib/batch'),
  ].join('\n');
  const name = `leeway_${createHash('sha256').update(body).digest('hex').slice(0, VERSION_DIGITS)}`;
  const names = [...Object.keys(SCRIPTS), 'batch'].map((script) => register(name, script));
  return { name, code: `#!lua name=${name}\nlocal scripts = {}\n${body}\n${names.join('\n')}\n` };
}

const VERSION_DIGITS = 12;

/** `begin` of lib/begin.lua sets what belongs to one call. */
function define(name: string, text: string): string {
  return `scripts['${name}'] = function(KEYS, ARGV)\nbegin(KEYS)\n${text}\nend`;
}

function register(library: string, script: string): string {
  const flags = RUNS_WHEN_FULL.includes(script as ScriptName) ? `, flags = { 'allow-oom' }` : '';
  return `redis.register_function{ function_name = '${functionName(library, script)}', callback = scripts['${script}']${flags} }`;
}

function functionName(library: string, script: string): string {
  return `${library}_${script.replaceAll('-', '_')}`;
}

/**
 * Calls the functions of a library, and loads it where Redis does not know it (a new Redis, or one that came back empty).
 * Calls that find others under way go together; each has its own reply or error.
 */
export function defineScripts(
  redis: RedisConnection,
  library: FunctionLibrary = (product ??= buildLibrary()),
): RunScript {
  const fcall = (name: string, args: readonly ScriptArg[]) =>
    redis.fcall(functionName(library.name, name), 1, PREFIX, ...args);
  const send: SendCalls = async (calls) => {
    const [only] = calls;
    if (only !== undefined && calls.length === 1) return [await fcall(only.name, only.args)];
    const replies = await fcall(
      'batch',
      calls.flatMap(({ name, args }) => [name, args.length, ...args]),
    );
    return (replies as [1, unknown][] | [0, string][]).map(([ok, reply]) =>
      ok === 1 ? reply : new Error(reply as string),
    );
  };
  let loading: Promise<void> | undefined;
  const group = new GroupCommit(async (calls) => {
    try {
      return await send(calls);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.includes('Function not found')) throw error;
      loading ??= load(redis, library).finally(() => (loading = undefined));
      await loading;
      return send(calls);
    }
  });
  return (name, ...args) => group.call(name, args);
}

async function load(redis: RedisConnection, { code }: FunctionLibrary): Promise<void> {
  await redis.function('LOAD', code).catch((error: unknown) => {
    // Another process was first.
    if (!(error instanceof Error) || !error.message.includes('already exists')) throw error;
  });
}
