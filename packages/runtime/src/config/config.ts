import { resolve } from 'node:path';
import { parsePolicy, type Environment, type Policy } from '@leeway/contract';
import { findEnvironment, parseEnvironment, type FoundEnvironment } from './environment.js';
import { EnvReader, type Parsed } from './env-reader.js';
import { readJsonFile } from './json-file.js';
import { parseKeys, type KeyRing } from './key-ring.js';
import { LOG_LEVELS, type LogLevel } from '../log/log.js';

/** The settings of a process, read once at its start. */
export interface Config {
  /** Address to listen on. Default 127.0.0.1. */
  readonly host: string;
  /** Port of the API. Default 3000; 0: any free one. */
  readonly port: number;
  /** Port of the dashboard. Default 3001; 0: any free one. */
  readonly dashboardPort: number;
  /** `redis://`, `rediss://`, `unix://`, or several of them with commas for a cluster. */
  readonly redisUrl: string;
  /** Folder of the private Redis, absolute. Default `.leeway` in the working folder. */
  readonly dataFolder: string;
  /** Worker processes that `npm start` runs. Default 2. */
  readonly workers: number;
  /** From the policy file, or the built-in defaults. */
  readonly policy: Policy;
  /** The environment whose limits apply, and the setting it comes from. */
  readonly environment: FoundEnvironment;
  /** Absolute path of the policy file; null: none. */
  readonly policyPath: string | null;
  /** Reads the policy file again. Throws an Error when it is not valid, or has no tier that an API key names. */
  readPolicyAgain(): Policy;
  /** API keys; null: none are configured, and every client that reaches the port has every right. */
  readonly keys: KeyRing | null;
  /** Absolute path of the module with the user's own handlers; null: none. */
  readonly handlersPath: string | null;
  readonly logLevel: LogLevel;
}

/** Settings that are invalid or contradict each other. The message lists every problem. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    const count = problems.length === 1 ? 'one setting is wrong' : `${problems.length} settings are wrong`;
    super(`Cannot start: ${count}.\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Variables of the command line client, accepted here so that a shell that sets them can start a server. */
const CLIENT_VARIABLES = ['LEEWAY_URL', 'LEEWAY_KEY'];
const MAX_PORT = 65_535;
const MAX_WORKERS = 1_000;

/** Reads the environment and the files it names. Throws ConfigError with every problem at once. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const reader = new EnvReader(env);
  const { policy, environment, policyPath } = readPolicy(reader, env);
  const config: Config = {
    host: reader.read('HOST', '127.0.0.1', parseHost),
    port: reader.read('PORT', 3000, wholeNumber('a port', { min: 0, max: MAX_PORT })),
    dashboardPort: reader.read('DASHBOARD_PORT', 3001, wholeNumber('a port', { min: 0, max: MAX_PORT })),
    redisUrl: reader.read('REDIS_URL', 'redis://127.0.0.1:6379', parseRedisUrl),
    dataFolder: reader.read('LEEWAY_DATA', resolve('.leeway'), (text) => ({ ok: resolve(text) })),
    workers: reader.read('LEEWAY_WORKERS', 2, wholeNumber('a number of processes', { min: 0, max: MAX_WORKERS })),
    policy,
    policyPath,
    readPolicyAgain: () => readPolicyAgain(env),
    environment,
    keys: readKeys(reader, policy),
    handlersPath: reader.read<string | null>('LEEWAY_HANDLERS', null, (text) => ({ ok: resolve(text) })),
    logLevel: reader.read('LOG_LEVEL', 'info', parseLogLevel),
  };
  reader.refuseUnknown('LEEWAY_', CLIENT_VARIABLES);
  if (reader.problems.length > 0) throw new ConfigError(reader.problems);
  return config;
}

function readPolicy(reader: EnvReader, env: NodeJS.ProcessEnv): Pick<Config, 'policy' | 'policyPath' | 'environment'> {
  const path = reader.read<string | null>('LEEWAY_POLICY', null, (text) => ({ ok: resolve(text) }));
  const inVariable = reader.read<Environment | null>('LEEWAY_ENVIRONMENT', null, parseEnvironment);
  const surrounding = findEnvironment(env, { inPolicy: undefined, inVariable });
  const file = path === null ? {} : fromFile(reader, 'LEEWAY_POLICY', () => readJsonFile(path));
  const policy =
    fromFile(reader, 'LEEWAY_POLICY', () => parsePolicy(file, surrounding.name)) ?? parsePolicy({}, surrounding.name);
  const policyNamesOne = (file as { environment?: unknown } | undefined)?.environment !== undefined;
  return {
    policy,
    policyPath: path,
    environment: policyNamesOne ? findEnvironment(env, { inPolicy: policy.environment, inVariable }) : surrounding,
  };
}

/** The policy file as it is now, checked together with the API keys, which name tiers of the policy. */
function readPolicyAgain(env: NodeJS.ProcessEnv): Policy {
  const reader = new EnvReader(env);
  const { policy } = readPolicy(reader, env);
  readKeys(reader, policy);
  if (reader.problems.length > 0) throw new Error(reader.problems.join('\n'));
  return policy;
}

function readKeys(reader: EnvReader, policy: Policy): KeyRing | null {
  const path = reader.read<string | null>('LEEWAY_KEYS', null, (text) => ({ ok: resolve(text) }));
  if (path === null) return null;
  return fromFile(reader, 'LEEWAY_KEYS', () => parseKeys(readJsonFile(path), Object.keys(policy.tiers))) ?? null;
}

/** The content of a file; undefined, and one problem more, when it cannot be read. */
function fromFile<T>(reader: EnvReader, name: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    reader.problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function wholeNumber(what: string, range: { min: number; max: number }): (text: string) => Parsed<number> {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= range.min && value <= range.max) return { ok: value };
    return { expected: `${what} from ${range.min} to ${range.max}` };
  };
}

function parseHost(text: string): Parsed<string> {
  if (/^[A-Za-z0-9.:_-]+$/.test(text)) return { ok: text };
  return { expected: 'an address or host name without port, such as 127.0.0.1, ::1 or 0.0.0.0' };
}

const REDIS_SCHEME = /^(rediss?:\/\/[^\s/,]+|unix:\/\/\/)/;

function parseRedisUrl(text: string): Parsed<string> {
  if (text.split(',').every((address) => REDIS_SCHEME.test(address.trim()))) return { ok: text };
  return { expected: 'redis://host:port, rediss://host:port or unix:///path, or several with commas' };
}

function parseLogLevel(text: string): Parsed<LogLevel> {
  const level = LOG_LEVELS.find((known) => known === text);
  return level === undefined ? { expected: `one of ${LOG_LEVELS.join(', ')}` } : { ok: level };
}
