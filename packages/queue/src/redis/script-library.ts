import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

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

/** Every library of the product, of whatever version. */
export const LIBRARY_PREFIX = 'leeway_';
const VERSION_DIGITS = 12;

/** Scripts that Redis runs although its memory is full: they free memory, or keep healthy attempts from being taken for lost. */
const RUNS_WHEN_FULL: readonly ScriptName[] = ['beat', 'prune', 'read-sync', 'ack-sync', 'forget-class'];

export type ScriptName = keyof typeof SCRIPTS;

/** The text of a script by its path below `scripts/`, without the ending. */
export type ReadScript = (path: string) => string;

export interface FunctionLibrary {
  /** Distinct for each content, so that two versions of the product can share a Redis. */
  readonly name: string;
  readonly code: string;
}

const folder = new URL('../../scripts/', import.meta.url);
export const readScript: ReadScript = (path) => readFileSync(new URL(`${path}.lua`, folder), 'utf8');

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
  const name = `${LIBRARY_PREFIX}${createHash('sha256').update(body).digest('hex').slice(0, VERSION_DIGITS)}`;
  const names = [...Object.keys(SCRIPTS), 'batch'].map((script) => register(name, script));
  return { name, code: `#!lua name=${name}\nlocal scripts = {}\n${body}\n${names.join('\n')}\n` };
}

/** `begin` of lib/begin.lua sets what belongs to one call. */
function define(name: string, text: string): string {
  return `scripts['${name}'] = function(KEYS, ARGV)\nbegin(KEYS)\n${text}\nend`;
}

function register(library: string, script: string): string {
  const flags = RUNS_WHEN_FULL.includes(script as ScriptName) ? `, flags = { 'allow-oom' }` : '';
  return `redis.register_function{ function_name = '${functionName(library, script)}', callback = scripts['${script}']${flags} }`;
}

export function functionName(library: string, script: string): string {
  return `${library}_${script.replaceAll('-', '_')}`;
}

let product: FunctionLibrary | undefined;

/** The library of this version, built once. */
export function productLibrary(): FunctionLibrary {
  return (product ??= buildLibrary());
}
