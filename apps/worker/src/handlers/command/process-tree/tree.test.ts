import { spawn, type ChildProcess } from 'node:child_process';
import { waitUntil } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ATTEMPT_MARKER } from './marker.js';
import { type ProcessInfo, readMarker } from './process-table.js';
import { membersByMarker, membersOf, type Tree } from './tree.js';

const MAIN = 1_000_000_100;
const STARTED = 5_000;

function newTree(): Tree {
  return { pid: MAIN, startTicks: STARTED, round: null, attemptId: 'job.1', seen: new Map() };
}

/** Pids above those of the kernel, so that no real process is read. */
function processInfo(offset: number, fields: Partial<ProcessInfo> = {}): ProcessInfo {
  const pid = MAIN + offset;
  return { pid, ppid: 1, group: pid, session: pid, alive: true, startTicks: STARTED, cpuTicks: 0, ...fields };
}

function pidsIn(tree: Tree, table: ProcessInfo[]): number[] {
  return membersOf(tree, table, false).alive.map(({ pid }) => pid - MAIN);
}

describe('membersOf', () => {
  it('finds the session, the group, and the descendants of both', () => {
    const table = [
      processInfo(0),
      processInfo(1, { session: MAIN }),
      processInfo(2, { group: MAIN }),
      processInfo(3, { ppid: MAIN + 1 }),
      processInfo(4, { ppid: MAIN + 3 }),
      processInfo(5),
    ];
    expect(pidsIn(newTree(), table)).toEqual([0, 1, 2, 3, 4]);
  });

  it('excludes zombies, and includes their children', () => {
    expect(pidsIn(newTree(), [processInfo(0, { alive: false }), processInfo(1, { ppid: MAIN })])).toEqual([1]);
  });

  it('finds an earlier member that has lost its parent', () => {
    const tree = newTree();
    pidsIn(tree, [processInfo(0), processInfo(1, { ppid: MAIN })]);
    expect(pidsIn(tree, [processInfo(1)])).toEqual([1]);
  });

  it('excludes a later process with the pid of an earlier member', () => {
    const tree = newTree();
    pidsIn(tree, [processInfo(0), processInfo(1, { ppid: MAIN })]);
    expect(pidsIn(tree, [processInfo(1, { startTicks: STARTED + 1 })])).toEqual([]);
  });

  it('excludes a later process with the pid of the main process, and its session', () => {
    expect(pidsIn(newTree(), [processInfo(0, { startTicks: STARTED + 1 }), processInfo(1, { session: MAIN })])).toEqual(
      [],
    );
  });
});

describe('membersByMarker', () => {
  let marked: ChildProcess;
  beforeAll(async () => {
    marked = spawn('sleep', ['1000'], { env: { [ATTEMPT_MARKER]: 'job.1' }, stdio: 'ignore', detached: true });
    await waitUntil(() => typeof readMarker(marked.pid ?? 0) === 'object', { what: 'the marker' });
  });
  afterAll(() => marked.kill('SIGKILL'));

  /** The processes found where a marked one and an unmarked one share a session whose leader has ended. */
  function foundIn(session: number, others: ProcessInfo[] = []): number[] {
    const table = [
      processInfo(0, { pid: marked.pid ?? 0, session }),
      processInfo(1, { session }),
      ...others.map((other) => ({ ...other, session })),
    ];
    return membersByMarker(table, (attempt) => attempt === 'job.1').alive.map(({ pid }) => pid);
  }

  it('finds processes that share a session with a marked one, when its leader has ended (F82)', () => {
    expect(foundIn(MAIN + 50)).toEqual([marked.pid, MAIN + 1]);
  });

  it('excludes unmarked processes of session 0, to which a container assigns all processes from outside (F82)', () => {
    expect(foundIn(0)).toEqual([marked.pid]);
  });

  it('excludes its own session, and those of its ancestors (F82)', () => {
    const self = processInfo(2, { pid: process.pid, ppid: MAIN + 3 });
    expect(foundIn(MAIN + 50, [self])).toEqual([marked.pid]);
    const child = processInfo(2, { pid: process.pid, ppid: MAIN + 3, session: MAIN + 60 });
    const table = [
      processInfo(0, { pid: marked.pid ?? 0, session: MAIN + 50 }),
      processInfo(3, { session: MAIN + 50 }),
      child,
    ];
    expect(membersByMarker(table, () => true).alive.map(({ pid }) => pid)).toEqual([marked.pid]);
  });
});
