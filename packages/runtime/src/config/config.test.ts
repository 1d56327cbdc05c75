import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError, readConfig } from './config.js';

const folder = mkdtempSync(join(tmpdir(), 'leeway-config-'));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('readConfig', () => {
  test('without any variable gives the documented defaults (F15)', () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      dashboardPort: 3001,
      redisUrl: 'redis://127.0.0.1:6379',
      workers: 2,
      keys: null,
      handlersPath: null,
      logLevel: 'info',
    });
    expect(config.policy.version).toBe('default-1');
  });

  test('treats an empty variable as absent', () => {
    expect(readConfig({ PORT: '', LEEWAY_POLICY: '' }).port).toBe(3000);
  });

  test('names every problem in one message, with what was expected and what was given (F16)', () => {
    const problems = problemsOf({ PORT: '70000', LOG_LEVEL: 'loud', REDIS_URL: 'localhost', LEEWAY_WORKERS: '1.5' });
    expect(problems).toEqual([
      'PORT: expected a port from 0 to 65535; got "70000"',
      expect.stringContaining('REDIS_URL: expected redis://host:port'),
      'LEEWAY_WORKERS: expected a number of processes from 0 to 1000; got "1.5"',
      expect.stringContaining('LOG_LEVEL: expected one of trace, debug'),
    ]);
  });

  test('refuses an unknown LEEWAY_ variable and names the nearest known one', () => {
    expect(problemsOf({ LEEWAY_POLCY: 'x' })).toEqual([
      'LEEWAY_POLCY: unknown variable; the nearest known one is LEEWAY_POLICY',
    ]);
  });

  test('accepts the variables of the command line client', () => {
    expect(problemsOf({ LEEWAY_URL: 'http://localhost:3000', LEEWAY_KEY: 'k' })).toEqual([]);
  });

  test('reads the policy file and names the place of each mistake in it (F16)', () => {
    const good = file('good.json', { version: 'mine', limits: { attempts: 3 } });
    expect(readConfig({ LEEWAY_POLICY: good }).policy).toMatchObject({ version: 'mine', limits: { attempts: 3 } });
    const typo = file('typo.json', { limits: { attmpts: 3 } });
    expect(problemsOf({ LEEWAY_POLICY: typo })[0]).toContain(
      '/limits/attmpts: unknown field "attmpts"; did you mean "attempts"?',
    );
    const nested = file('nested.json', { kinds: { chat: { prioMs: 3 } } });
    expect(problemsOf({ LEEWAY_POLICY: nested })[0]).toContain('did you mean "priorMs"?');
    expect(problemsOf({ LEEWAY_POLICY: file('broken.json', '{') })[0]).toContain('broken.json is not valid JSON');
    expect(problemsOf({ LEEWAY_POLICY: join(folder, 'none.json') })[0]).toContain('no such file');
  });

  test('reads the key file and checks its tiers against the policy', () => {
    const key = { name: 'ci', hash: `sha256:${'a'.repeat(64)}`, tenant: 'acme', tier: 'gold' };
    const path = file('keys.json', { keys: [key] });
    expect(problemsOf({ LEEWAY_KEYS: path })[0]).toContain('no tier "gold" in the policy; known are free, early');
    const policy = file('gold.json', { tiers: { gold: {} } });
    expect(readConfig({ LEEWAY_KEYS: path, LEEWAY_POLICY: policy }).keys?.size).toBe(1);
  });
});
