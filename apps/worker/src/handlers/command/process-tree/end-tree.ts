import { setTimeout as delay } from 'node:timers/promises';
import { isEarlierAttempt } from './marker.js';
import { pidOrder } from './pid-order.js';
import { type ProcessInfo, readProcess, readProcessTable } from './process-table.js';
import { isPidOurs, membersByMarker, membersOf, type Tree } from './tree.js';

/** Longest wait for the end of processes after SIGKILL; only one that is stuck in the kernel takes longer. */
export const VERIFY_MS = 2_000;
/** Pauses between two scans: short at first, because nearly all processes end at once. */
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 100;
/** After so many scans no process is hidden any more: neither as a zombie's child, nor by an environment still empty. */
const SURE_SCANS = 3;
const UNSURE_PAUSE_MS = 3;
/** A tree that still grows after so many scans forks faster than it can be frozen: it is killed while it runs. */
const MOST_SCANS = 20;

/** The processes to be signalled, found anew at each scan. */
interface KillTarget {
  find(): FoundProcesses;
  /** Reaches all members of the group at once. False: the group is empty, even of zombies. */
  signalGroup(signal: NodeJS.Signals): boolean;
}

interface FoundProcesses {
  /** All living ones, as targets for kill(2): negative for a group. */
  readonly alive: readonly number[];
  /** Those of them outside of the group. */
  readonly outside: readonly number[];
  /** The marker of a process could not be read yet. */
  readonly unsure: boolean;
}

/**
 * Ends a command with all its descendants: SIGTERM, up to `graceMs` for all of them to exit by themselves, then SIGKILL to the
 * group and to processes outside of it, until none is found. With `graceMs` 0 it starts at SIGKILL. Returns the pids that still
 * run after VERIFY_MS; usually none.
 */
export async function endTree(tree: Tree, graceMs: number): Promise<number[]> {
  const target = targetOf(tree);
  if (graceMs > 0) {
    signalAll(target, 'SIGTERM');
    signalAll(target, 'SIGCONT'); // a suspended process would not receive the SIGTERM
    await waitUntilGone(target, graceMs);
  }
  return killUntilGone(target);
}

/** Suspends all processes of the command. False: there are none. */
export async function pauseTree(tree: Tree): Promise<boolean> {
  return (await freeze(targetOf(tree))).alive.length > 0;
}

/** Resumes all processes of the command. False: there are none. */
export function resumeTree(tree: Tree): boolean {
  return signalAll(targetOf(tree), 'SIGCONT');
}

/** Ends all processes on this machine of earlier attempts of the same job. Returns the pids that could not be ended. */
export function endEarlierAttempts(attemptId: string): Promise<number[]> {
  return killUntilGone(markedTarget((marker) => isEarlierAttempt(marker, attemptId)));
}

/** Ends all processes on this machine with the marker of this attempt. Returns the pids that could not be ended. */
export function endMarked(attemptId: string): Promise<number[]> {
  return killUntilGone(markedTarget((marker) => marker === attemptId));
}

function targetOf(tree: Tree): KillTarget {
  const signalGroup = (signal: NodeJS.Signals | 0): boolean =>
    isPidOurs(tree, readProcess(tree.pid)) && send(-tree.pid, signal);
  return {
    signalGroup,
    find() {
      const table = readProcessTable(pidOrder.lowestOf(tree));
      if (table === null) return { alive: signalGroup(0) ? [-tree.pid] : [], outside: [], unsure: false };
      const { alive, unsure } = membersOf(tree, table, true);
      const outside = alive.filter((p) => p.group !== tree.pid);
      return { alive: alive.map(pidOf), outside: outside.map(pidOf), unsure };
    },
  };
}

function markedTarget(matches: (attemptId: string) => boolean): KillTarget {
  return {
    signalGroup: () => false,
    find() {
      const { alive, unsure } = membersByMarker(readProcessTable() ?? [], matches);
      const pids = alive.map(pidOf);
      return { alive: pids, outside: pids, unsure };
    },
  };
}

async function waitUntilGone(target: KillTarget, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  for (
    let pauseMs = FIRST_PAUSE_MS;
    target.find().alive.length > 0;
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
  ) {
    const leftMs = end - performance.now();
    if (leftMs <= 0) return;
    await delay(Math.min(pauseMs, leftMs));
  }
}

async function killUntilGone(target: KillTarget): Promise<number[]> {
  const end = performance.now() + VERIFY_MS;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const { alive, outside } = await freeze(target);
    if (alive.length === 0) return [];
    if (performance.now() > end) return alive.map(Math.abs);
    target.signalGroup('SIGKILL');
    for (const pid of outside) send(pid, 'SIGKILL');
    await delay(pauseMs);
  }
}

/**
 * Suspends all of them before any is killed, and returns them. A descendant is found by its parent: a parent that is killed
 * first, or forks between a scan and the kill, would leave a child that is not found any more.
 */
async function freeze(target: KillTarget): Promise<FoundProcesses> {
  const frozen = new Set<number>();
  for (let scans = 1; ; scans += 1) {
    const groupExists = target.signalGroup('SIGSTOP');
    const found = target.find();
    const newcomers = found.alive.filter((pid) => !frozen.has(pid));
    for (const pid of newcomers) frozen.add(pid);
    for (const pid of found.outside) send(pid, 'SIGSTOP');
    const sure = scans >= SURE_SCANS || !(found.unsure || groupExists);
    if ((newcomers.length === 0 && sure) || scans >= MOST_SCANS) return found;
    if (found.unsure) await delay(UNSURE_PAUSE_MS);
  }
}

/** One signal to each process: a second SIGTERM has another meaning in many programs. False: no process received it. */
function signalAll(target: KillTarget, signal: NodeJS.Signals): boolean {
  const { outside } = target.find();
  const reached = target.signalGroup(signal);
  return outside.map((pid) => send(pid, signal)).includes(true) || reached;
}

function pidOf({ pid }: ProcessInfo): number {
  return pid;
}

/** `pid` negative: the process group. False when there is no such process, or it may not be signalled. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}
