import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const KEPT_OUTPUT = 64 * 1024;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const NOT_FOUND = 127;

/**
 * Runs a program to its end and returns its exit code and the last 64 kB of its output. Never throws: a program that does
 * not exist has the code 127. A signal to this process ends the program and then this process.
 */
export async function run(command, args, { env, cwd } = {}) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk) => (output = (output + chunk).slice(-KEPT_OUTPUT));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await endOf(child);
  return { code, output: output.trim() };
}

/** Like `run`, with this process's own terminal. */
export function runInherited(command, args, { env, cwd } = {}) {
  return endOf(spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: 'inherit' }));
}

function endOf(child) {
  return new Promise((resolve) => {
    let endedBy;
    const forward = (signal) => {
      endedBy = signal;
      child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, forward);
    const finish = (code) => {
      for (const signal of SIGNALS) process.off(signal, forward);
      if (endedBy !== undefined) process.exit(exitCodeOf(endedBy));
      resolve(code);
    };
    child.once('error', () => finish(NOT_FOUND));
    // 'exit' can come before the last output, 'close' comes after it.
    child.once('close', (code, signal) => finish(code ?? exitCodeOf(signal)));
  });
}

/** The exit code that a shell reports for a process that was ended by a signal. */
function exitCodeOf(signal) {
  return 128 + (constants.signals[signal] ?? 0);
}
