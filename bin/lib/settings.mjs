import { resolve } from 'node:path';
import { ROOT } from './paths.mjs';
import { Refusal } from './refusal.mjs';

const MAX_PORT = 65_535;
const MAX_WORKERS = 1_000;

/**
 * The settings that `npm start` needs before the packages are installed; the processes read all others themselves. Throws
 * a Refusal that lists every problem.
 */
export function readSettings(env = process.env) {
  const problems = [];
  const wholeNumber = (name, { fallback, min, max }) => {
    const text = env[name] || String(fallback);
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    problems.push(`${name}: expected a whole number from ${min} to ${max}; got "${text}".`);
    return fallback;
  };
  const settings = {
    apiPort: wholeNumber('PORT', { fallback: 3000, min: 1, max: MAX_PORT }),
    dashboardPort: wholeNumber('DASHBOARD_PORT', { fallback: 3001, min: 1, max: MAX_PORT }),
    workers: wholeNumber('LEEWAY_WORKERS', { fallback: 2, min: 0, max: MAX_WORKERS }),
    host: env.HOST || '127.0.0.1',
    redisUrl: env.REDIS_URL || undefined,
    dataFolder: resolve(ROOT, env.LEEWAY_DATA || '.leeway'),
  };
  if (settings.apiPort === settings.dashboardPort) {
    problems.push(`PORT and DASHBOARD_PORT are both ${settings.apiPort}: set one of them to another port.`);
  }
  if (problems.length > 0) throw new Refusal(problems.join('\n'));
  return settings;
}
