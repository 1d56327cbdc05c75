import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ROOT } from './paths.mjs';
import { Refusal } from './refusal.mjs';

const MAX_PORT = 65_535;
const MAX_WORKERS = 256;

/** Reads what `npm start` itself needs from the environment. Throws a Refusal that lists every problem. */
export function readSettings(env = process.env) {
  const problems = [];
  const settings = {
    apiPort: wholeNumber(env, 'PORT', { fallback: 3000, min: 1, max: MAX_PORT, problems }),
    dashboardPort: wholeNumber(env, 'DASHBOARD_PORT', { fallback: 3001, min: 1, max: MAX_PORT, problems }),
    workers: wholeNumber(env, 'LEEWAY_WORKERS', { fallback: 2, min: 1, max: MAX_WORKERS, problems }),
    host: env.HOST || '127.0.0.1',
    redisUrl: env.REDIS_URL || undefined,
    dataFolder: resolve(ROOT, env.LEEWAY_DATA || '.leeway'),
    policyFile: existingFile(env, 'LEEWAY_POLICY', problems),
    keysFile: existingFile(env, 'LEEWAY_KEYS', problems),
    handlersFile: existingFile(env, 'LEEWAY_HANDLERS', problems),
  };
  if (settings.apiPort === settings.dashboardPort) {
    problems.push(`PORT and DASHBOARD_PORT are both ${settings.apiPort}; they have to differ.`);
  }
  if (!isLoopback(settings.host) && settings.keysFile === undefined) {
    problems.push(
      `HOST=${settings.host} listens beyond this machine, which needs API keys: set LEEWAY_KEYS to a file of keys, or leave HOST out.`,
    );
  }
  if (problems.length > 0) throw new Refusal(problems.join('\n'));
  return settings;
}

export function isLoopback(host) {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}

/** Where a browser or curl on this machine reaches something that listens on `host`. */
export function localUrl(host, port) {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function wholeNumber(env, name, { fallback, min, max, problems }) {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  problems.push(`${name} has to be a whole number from ${min} to ${max}; got "${text}".`);
  return fallback;
}

/** Absolute, because the processes may run in another folder than the person who named the file. */
function existingFile(env, name, problems) {
  if (!env[name]) return undefined;
  const candidates = [join(env.INIT_CWD ?? process.cwd(), env[name]), resolve(ROOT, env[name])];
  const found = candidates
    .map((file) => (env[name].startsWith('/') ? env[name] : file))
    .find((file) => existsSync(file));
  if (found === undefined) problems.push(`${name} names a file that is not there: ${env[name]}`);
  return found;
}
