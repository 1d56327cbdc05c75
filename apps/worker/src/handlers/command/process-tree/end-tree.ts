import { setTimeout as delay } from 'node:timers/promises';
import { isEarlierAttempt } from './marker.js';
import { pidOrder } from './pid-order.js';
import { type ProcessInfo, readProcess, readProcessTable } from './process-table.js';
import { membersByMarker, membersOf, numberIsOurs, type Tree } from './tree.js';

/** How long it is tried to end what SIGKILL has been sent to; longer only for a process stuck in the kernel. */
export const VERIFY_MS = 2_000;
/** Pauses between two looks: short at first, because nearly everything ends at once. */
const FIRST_LOOK_MS = 2;
const LONGEST_LOOK_MS = 100;
/** After this many looks nobody is there who is not found: neither a zombie, nor a program with no environment. */
const SURE_LOOKS = 3;
const UNSURE_PAUSE_MS = 3;
/** Who has not come to a standstill by then forks faster than it can be followed: it is killed as it goes. */
const MOST_LOOKS = 20;

/** What is to be signalled, and how it is found anew at each look. */
interface KillTarget {
  find(): Found;
  /** Reaches all members of the group at once. False: nobody is in it, not even a zombie. */
  signalGroup(signal: NodeJS.Signals): boolean;
}

interface Found {
  /** Everybody who is alive: numbers for kill(2), negative for a group. */
  readonly alive: readonly number[];
  /** Those of them that a signal to the group does not reach. */
  readonly outside: readonly number[];
  /** Somebody could not be judged yet. */
  readonly unsure: boolean;
}

/**
 * Ends a command with everything it started: SIGTERM, up to `graceMs` for all of it to end by itself, then SIGKILL
 * to the group and to what escaped the group, until nothing is found any more. With `graceMs` 0 it starts at SIGKILL.
 * Returns the pids that are left after VERIFY_MS; empty is the rule.
 */
export async function endTree(tree: Tree, graceMs: number): Promise<number[]> {
  const quarry = quarryOf(tree);
  if (graceMs > 0) {
    signalAll(quarry, 'SIGTERM');
    signalAll(quarry, 'SIGCONT'); // a stopped process would not see the SIGTERM
    await goneWithin(quarry, graceMs);
  }
  return killUntilGone(quarry);
}

/** Stops all processes of the command where they stand. False: there are none. */
export async function pauseTree(tree: Tree): Promise<boolean> {
  return (await freeze(quarryOf(tree))).alive.length > 0;
}

/** Lets a paused command go on. False: nobody is there. */
export function resumeTree(tree: Tree): boolean {
  return signalAll(quarryOf(tree), 'SIGCONT');
}

/** Ends, machine-wide, what is left of earlier attempts of the same job. Returns the pids it could not end. */
export function endEarlierAttempts(attemptId: string): Promise<number[]> {
  return killUntilGone(markedQuarry((marker) => isEarlierAttempt(marker, attemptId)));
}

/** Ends, machine-wide, what carries the marker of this attempt. Returns the pids it could not end. */
export function endMarked(attemptId: string): Promise<number[]> {
  return killUntilGone(markedQuarry((marker) => marker === attemptId));
}

function quarryOf(tree: Tree): KillTarget {
  const signalGroup = (signal: NodeJS.Signals | 0): boolean =>
    numberIsOurs(tree, readProcess(tree.pid)) && send(-tree.pid, signal);
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

function markedQuarry(matches: (attemptId: string) => boolean): KillTarget {
  return {
    signalGroup: () => false,
    find() {
      const { alive, unsure } = membersByMarker(readProcessTable() ?? [], matches);
      const pids = alive.map(pidOf);
      return { alive: pids, outside: pids, unsure };
    },
  };
}

async function goneWithin(quarry: KillTarget, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  for (let pauseMs = FIRST_LOOK_MS; quarry.find().alive.length > 0; pauseMs = Math.min(pauseMs * 2, LONGEST_LOOK_MS)) {
    const leftMs = end - performance.now();
    if (leftMs <= 0) return;
    await delay(Math.min(pauseMs, leftMs));
  }
}

async function killUntilGone(quarry: KillTarget): Promise<number[]> {
  const end = performance.now() + VERIFY_MS;
  for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_LOOK_MS)) {
    const { alive, outside } = await freeze(quarry);
    if (alive.length === 0) return [];
    if (performance.now() > end) return alive.map(Math.abs);
    quarry.signalGroup('SIGKILL');
    for (const target of outside) send(target, 'SIGKILL');
    await delay(pauseMs);
  }
}

/**
 * Brings all of them to a standstill before any is killed, and returns them. A descendant is found by its parent:
 * a parent that was killed first, or forked between a look and the kill, would leave one that nothing leads to.
 */
async function freeze(quarry: KillTarget): Promise<Found> {
  const frozen = new Set<number>();
  for (let looks = 1; ; looks += 1) {
    const groupThere = quarry.signalGroup('SIGSTOP');
    const found = quarry.find();
    const newcomers = found.alive.filter((target) => !frozen.has(target));
    for (const target of newcomers) frozen.add(target);
    for (const target of found.outside) send(target, 'SIGSTOP');
    const sure = looks >= SURE_LOOKS || !(found.unsure || groupThere);
    if ((newcomers.length === 0 && sure) || looks >= MOST_LOOKS) return found;
    if (found.unsure) await delay(UNSURE_PAUSE_MS);
  }
}

/** Once to each, as a second SIGTERM means something else to many programs. False: nobody got it. */
function signalAll(quarry: KillTarget, signal: NodeJS.Signals): boolean {
  const { outside } = quarry.find();
  const reached = quarry.signalGroup(signal);
  return outside.map((target) => send(target, signal)).includes(true) || reached;
}

function pidOf({ pid }: ProcessInfo): number {
  return pid;
}

/** False when nobody is there, or it may not be signalled. */
function send(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch {
    return false;
  }
}
