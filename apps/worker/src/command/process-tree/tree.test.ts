import { describe, expect, it } from 'vitest';
import type { ProcessInfo } from './process-table.js';
import { membersOf, type Tree } from './tree.js';

const MAIN = 1_000_000_100;
const STARTED = 5_000;

function newTree(): Tree {
  return { pid: MAIN, startTicks: STARTED, round: null, attemptId: 'job.1', seen: new Map() };
}

/** Pids above what the kernel gives, so that no real process is looked at. */
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

  it('does not count zombies, but follows them to their children', () => {
    expect(pidsIn(newTree(), [processInfo(0, { alive: false }), processInfo(1, { ppid: MAIN })])).toEqual([1]);
  });

  it('still knows one that has lost its parent, when it was seen before', () => {
    const tree = newTree();
    pidsIn(tree, [processInfo(0), processInfo(1, { ppid: MAIN })]);
    expect(pidsIn(tree, [processInfo(1)])).toEqual([1]);
  });

  it('does not take a later process with the same number for one it has seen', () => {
    const tree = newTree();
    pidsIn(tree, [processInfo(0), processInfo(1, { ppid: MAIN })]);
    expect(pidsIn(tree, [processInfo(1, { startTicks: STARTED + 1 })])).toEqual([]);
  });

  it('leaves a later process alone that has got the number of the main process, and its session', () => {
    expect(pidsIn(newTree(), [processInfo(0, { startTicks: STARTED + 1 }), processInfo(1, { session: MAIN })])).toEqual(
      [],
    );
  });
});
