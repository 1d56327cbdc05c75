import { isIP } from 'node:net';
import type { Config } from './config.js';

/** Whether the address can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * Reasons why a server must not start with this configuration, as sentences; none: it may. A client of the API can run
 * programs as the worker's user. Beyond this machine, or for more than one tenant, that takes keys and isolated commands.
 */
export function unsafeExposure(config: Pick<Config, 'host' | 'keys' | 'policy'>): string[] {
  const { host, keys, policy } = config;
  const { allow, wrapper } = policy.commands;
  const beyond = !isLoopback(host);
  const problems: string[] = [];
  if (beyond && keys === null) {
    problems.push(
      `HOST is ${host}, which other machines can reach, and no keys are configured: set LEEWAY_KEYS, or HOST=127.0.0.1.`,
    );
  }
  if (allow.length === 0 || wrapper.length > 0) return problems;
  if (beyond && allow.includes('*')) {
    problems.push(
      `HOST is ${host} and the policy allows every command: list the commands in commands.allow, or isolate them with commands.wrapper.`,
    );
  }
  if (keys !== null && keys.tenants > 1) {
    problems.push(
      `There are ${keys.tenants} tenants and their commands would run as the same user: set commands.wrapper, or allow no commands (commands.allow: []).`,
    );
  }
  return problems;
}

/** Programs that can run any other program: allowing one of them allows everything. */
const INTERPRETERS = [
  'sh',
  'bash',
  'dash',
  'zsh',
  'node',
  'deno',
  'bun',
  'python',
  'python3',
  'perl',
  'ruby',
  'php',
  'awk',
  'git',
  'find',
  'npx',
  'npm',
  'env',
  'xargs',
  'make',
  'ssh',
  'docker',
  'sudo',
  'tar',
  'vim',
];

/** The programs that jobs may run, in one sentence for the log at the start. */
export function commandsSentence(config: Config): string {
  const { allow, wrapper } = config.policy.commands;
  const through = wrapper.length === 0 ? '' : `, each through ${wrapper.join(' ')}`;
  if (allow.length === 0) return 'Jobs may run no command at all.';
  if (allow.includes('*')) {
    const why =
      wrapper.length > 0
        ? 'commands.wrapper isolates them'
        : `this server can be reached from this machine only (${config.host})`;
    return `Jobs may run every executable, because ${why}${through}.`;
  }
  const open = allow.filter((name) => INTERPRETERS.includes(name.split('/').at(-1) ?? name));
  const warning = open.length === 0 ? '' : ` That amounts to every executable: ${open.join(', ')} can run any program.`;
  return `Jobs may run ${allow.join(', ')}${through}.${warning}`;
}
