import { readdirSync, readFileSync } from 'node:fs';
import { ATTEMPT_MARKER } from './marker.js';

/** One process as /proc shows it. Times are in ticks of 1/100 s, times of start since boot. */
export interface ProcessInfo {
  readonly pid: number;
  readonly ppid: number;
  readonly group: number;
  readonly session: number;
  /** False for a zombie: it has ended, and its parent has not waited for it yet. */
  readonly alive: boolean;
  readonly startTicks: number;
  /** Its own processor time and that of the children it has waited for. */
  readonly cpuTicks: number;
}

/** Milliseconds in one tick of /proc. Linux reports 100 ticks a second to programs, whatever the kernel runs at. */
export const TICK_MS = 10;

/** Positions in /proc/<pid>/stat, counted from the field after the program's name. */
const FIELD = { state: 0, ppid: 1, group: 2, session: 3, userTime: 11, childrenSystemTime: 14, start: 19 } as const;
const GONE_STATES = 'ZXx';
/** SIGTERM in the signal masks of /proc/<pid>/status. */
const TERM_BIT = 1n << 14n;

/** All visible processes from this pid on; null on a system without /proc. */
export function readProcessTable(lowestPid = 0): ProcessInfo[] | null {
  if (process.platform !== 'linux') return null;
  const table: ProcessInfo[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name); // NaN for what is not a process
    const info = pid >= lowestPid ? readProcess(pid) : null;
    if (info !== null) table.push(info);
  }
  return table;
}

/** Null when there is no such process, or no /proc. */
export function readProcess(pid: number): ProcessInfo | null {
  const stat = readProcFile(pid, 'stat');
  return stat === null ? null : parseStat(pid, stat);
}

/**
 * Whether the process neither blocks, ignores nor handles SIGTERM, so that an exit code after one proves that it had exited by
 * itself. False where that is unknown.
 */
export function diesOfTerm(pid: number): boolean {
  const status = readProcFile(pid, 'status');
  if (status === null) return false;
  return ['SigBlk', 'SigIgn', 'SigCgt'].every((name) => {
    const mask = new RegExp(`^${name}:\\s*([0-9a-f]+)$`, 'm').exec(status)?.[1];
    return mask !== undefined && (BigInt(`0x${mask}`) & TERM_BIT) === 0n;
  });
}

/** Reads one line of /proc/<pid>/stat. The program's name may hold spaces and brackets: the last one ends it. */
export function parseStat(pid: number, stat: string): ProcessInfo {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const number = (at: number): number => Number(fields[at]);
  let cpuTicks = 0;
  for (let at: number = FIELD.userTime; at <= FIELD.childrenSystemTime; at += 1) cpuTicks += number(at);
  return {
    pid,
    ppid: number(FIELD.ppid),
    group: number(FIELD.group),
    session: number(FIELD.session),
    alive: !GONE_STATES.includes(fields[FIELD.state] ?? 'X'),
    startTicks: number(FIELD.start),
    cpuTicks,
  };
}

/**
 * The attempt id in the environment of a process. `none`: there is none, or the environment is not readable for this user.
 * `unknown`: the environment is empty, as for a moment while a process starts another program.
 */
export function readMarker(pid: number): { attemptId: string } | 'none' | 'unknown' {
  const environ = readProcFile(pid, 'environ');
  if (environ === null) return 'none';
  if (environ === '') return 'unknown';
  const prefix = `${ATTEMPT_MARKER}=`;
  const entry = environ.split('\0').find((line) => line.startsWith(prefix));
  return entry === undefined ? 'none' : { attemptId: entry.slice(prefix.length) };
}

function readProcFile(pid: number, name: 'stat' | 'status' | 'environ'): string | null {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return null; // it has ended meanwhile, or belongs to another user
  }
}
