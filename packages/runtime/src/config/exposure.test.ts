import { parsePolicy } from '@leeway/contract';
import { expect, test } from 'vitest';
import { readConfig, type Config } from './config.js';
import { commandsSentence, isLoopback, unsafeExposure } from './exposure.js';
import { parseKeys } from './key-ring.js';

const key = (tenant: string, digit: string) => ({
  name: tenant,
  hash: `sha256:${digit.repeat(64)}`,
  tenant,
  tier: 'default',
});
const oneTenant = parseKeys({ keys: [key('a', '1')] }, ['default']);
const twoTenants = parseKeys({ keys: [key('a', '1'), key('b', '2')] }, ['default']);

function config(changes: Partial<Config> & { commands?: object }): Config {
  const { commands, ...rest } = changes;
  return { ...readConfig({}), policy: parsePolicy({ commands }), ...rest };
}

test('a server on loopback starts without keys', () => {
  expect(unsafeExposure(config({}))).toEqual([]);
});

test('a server that other machines reach is refused without keys, and with every command allowed (F191)', () => {
  const problems = unsafeExposure(config({ host: '0.0.0.0' }));
  expect(problems).toEqual([expect.stringContaining('set LEEWAY_KEYS'), expect.stringContaining('commands.allow')]);
});

test('a server that other machines reach starts with keys and a list of commands, or with isolated commands', () => {
  expect(unsafeExposure(config({ host: '0.0.0.0', keys: oneTenant, commands: { allow: ['ls'] } }))).toEqual([]);
  expect(unsafeExposure(config({ host: '0.0.0.0', keys: oneTenant, commands: { wrapper: ['setpriv'] } }))).toEqual([]);
});

test('commands of two tenants are refused where they would run as the same user', () => {
  expect(unsafeExposure(config({ keys: twoTenants }))).toEqual([expect.stringContaining('There are 2 tenants')]);
  expect(unsafeExposure(config({ keys: twoTenants, commands: { allow: [] } }))).toEqual([]);
});

test('the log names the programs that jobs may run, and warns that an interpreter can run every other', () => {
  expect(commandsSentence(config({}))).toBe(
    'Jobs may run every executable, because this server can be reached from this machine only (127.0.0.1).',
  );
  expect(commandsSentence(config({ commands: { allow: ['ls', '/usr/bin/git'] } }))).toContain(
    'amounts to every executable: /usr/bin/git',
  );
  expect(commandsSentence(config({ commands: { allow: [] } }))).toContain('no command');
});

test('loopback addresses are distinguished from addresses that other machines reach', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1', 'localhost'].map(isLoopback)).toEqual([true, true, true, true]);
  expect(['0.0.0.0', '::', '192.168.1.2', '127.evil.example', 'example.org'].map(isLoopback)).toEqual([
    false,
    false,
    false,
    false,
    false,
  ]);
});
