import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Fixtures sleep for so many seconds and a random part: longer than any test, and found by the number. */
const BASE_S = 1_000_000;

/** A number of seconds for which no other process on the machine sleeps. */
export function uniqueSleep(): string {
  return String(BASE_S + randomInt(BASE_S * 100));
}

/** Pids of the processes that sleep for exactly so long, by `ps`; without zombies. */
export function sleepersOf(seconds: string): number[] {
  return processLines()
    .filter((line) => line.command.endsWith(`sleep ${seconds}`) && !line.state.startsWith('Z'))
    .map((line) => line.pid);
}

/** Whether the process exists and is no zombie. */
export function isAlive(pid: number): boolean {
  return processLines().some((line) => line.pid === pid && !line.state.startsWith('Z'));
}

/** Whether the process is suspended, as by SIGSTOP. */
export function isStopped(pid: number): boolean {
  return processLines().some((line) => line.pid === pid && line.state.startsWith('T'));
}

interface ProcessLine {
  pid: number;
  state: string;
  command: string;
}

function processLines(): ProcessLine[] {
  const lines = execFileSync('ps', ['-A', '-ww', '-o', 'pid=,stat=,args='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid = '', state = '', ...command] = line.trim().split(/\s+/);
    return { pid: Number(pid), state, command: command.join(' ') };
  });
}

/** The leash process that listens on this socket. */
export function leashPidOf(socketPath: string): number {
  const line = processLines().find(({ command }) => command.includes(socketPath));
  if (line === undefined) throw new Error(`no leash listens on ${socketPath}`);
  return line.pid;
}

/** Resident memory of the process now. */
export function residentBytesOf(pid: number): number {
  return statusBytes(pid, 'VmRSS');
}

/** The highest resident memory of the process so far. */
export function peakBytesOf(pid: number): number {
  return statusBytes(pid, 'VmHWM');
}

function statusBytes(pid: number, field: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]);
  return kilobytes * 1024;
}
