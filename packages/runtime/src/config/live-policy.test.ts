import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig, type Config } from './config.js';
import { LivePolicy } from './live-policy.js';
import { createLog } from '../log/log.js';

let folder: string;
let env: Record<string, string>;
const lines: Record<string, unknown>[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-policy-'));
  env = { LEEWAY_POLICY: join(folder, 'policy.json') };
  lines.length = 0;
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(content: unknown): void {
  writeFileSync(env['LEEWAY_POLICY'] as string, typeof content === 'string' ? content : JSON.stringify(content));
}

function live(first: object): { config: Config; live: LivePolicy } {
  write(first);
  const config = readConfig(env);
  const take = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { config, live: new LivePolicy(config, createLog({ process: 'test', level: 'info', write: take })) };
}

const logged = (event: string) => lines.filter((line) => line['event'] === event);

describe('a policy file that changes while the process runs', () => {
  it('takes effect for everything that reads the policy afterwards (F16)', () => {
    const { config, live: policy } = live({ version: 'one', limits: { attempts: 2 } });
    const { policy: read } = config;
    write({ version: 'two', limits: { attempts: 5 } });
    expect(policy.reload()).toEqual({ outcome: 'changed', waits: [] });
    expect(read).toMatchObject({ version: 'two', limits: { attempts: 5 } });
    expect(logged('policy_changed')).toMatchObject([{ from: 'one', to: 'two' }]);
    expect(policy.reload()).toEqual({ outcome: 'unchanged' });
  });

  it.each([
    ['is not JSON', '{ "version": ', 'is not valid JSON'],
    ['has an unknown field', { version: 'two', limts: {} }, 'limits'],
    ['contradicts itself', { version: 'two', limits: { attempts: 9, maxAttempts: 3 } }, 'limits.attempts (9)'],
  ])('is refused when it %s, and the last valid one stays in force (F16)', (_, content, problem) => {
    const { config, live: policy } = live({ version: 'one', limits: { attempts: 3 } });
    write(content);
    expect(policy.reload()).toEqual({ outcome: 'refused' });
    expect(config.policy).toMatchObject({ version: 'one', limits: { attempts: 3 } });
    expect(policy.refused).toContain(problem);
    expect(logged('policy_refused')[0]?.['msg']).toContain('one stays in force');
    write({ version: 'three' });
    expect(policy.reload()).toMatchObject({ outcome: 'changed' });
    expect(policy.refused).toBeNull();
  });

  it('changes sections that are set up at the start only at the next start, and lists them', () => {
    const { config, live: policy } = live({ version: 'one' });
    write({ version: 'two', supervision: { graceMs: 50 }, limits: { attempts: 4 } });
    expect(policy.reload()).toEqual({ outcome: 'changed', waits: ['supervision'] });
    expect(config.policy.supervision.graceMs).not.toBe(50);
    expect(config.policy.limits.attempts).toBe(4);
    expect(policy.waits).toEqual(['supervision']);
  });

  it('is refused when it lacks a tier that an API key names', () => {
    env['LEEWAY_KEYS'] = join(folder, 'keys.json');
    writeFileSync(
      env['LEEWAY_KEYS'],
      JSON.stringify({
        keys: [{ name: 'a', hash: `sha256:${'a'.repeat(64)}`, tenant: 't', tier: 'early', scopes: ['read'] }],
      }),
    );
    const { live: policy } = live({ version: 'one' });
    write({ version: 'two', tiers: { early: null } });
    expect(policy.reload()).toEqual({ outcome: 'refused' });
    expect(policy.refused).toContain('early');
  });

  it('is refused when it allows every command on a server that other machines reach (F191)', () => {
    env['HOST'] = '0.0.0.0';
    env['LEEWAY_KEYS'] = join(folder, 'keys.json');
    writeFileSync(
      env['LEEWAY_KEYS'],
      JSON.stringify({
        keys: [{ name: 'a', hash: `sha256:${'a'.repeat(64)}`, tenant: 't', tier: 'default', scopes: ['read'] }],
      }),
    );
    const { live: policy } = live({ version: 'one', commands: { allow: ['true'] } });
    write({ version: 'two', commands: { allow: ['*'] } });
    expect(policy.reload()).toEqual({ outcome: 'refused' });
    expect(policy.refused).toContain('allows every command');
  });

  it('causes a warning when it changes without a new version', () => {
    const { live: policy } = live({ version: 'one' });
    write({ version: 'one', limits: { attempts: 4 } });
    policy.reload();
    expect(logged('policy_unnamed')).toHaveLength(1);
  });
});
