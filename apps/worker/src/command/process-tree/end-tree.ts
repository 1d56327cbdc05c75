import { setTimeout as delay } from 'node:timers/promises';
import { isEarlierAttempt } from './marker.js';
import { type ProcessInfo, readMarker, readProcess, readProcessTable } from './process-table.js';
import { isKernelThread, membersOf, numberIsOurs, type Tree } from './tree.js';

/** How long it is tried to end what SIGKILL has been sent to; longer only for a process stuck in the kernel. */
export const VERIFY_MS = 2_000;
/** Pauses between two looks: short at first, because nearly everything ends at once. */
const FIRST_LOOK_MS = 2;
const LONGEST_LOOK_MS = 100;
/** Looks granted to a process whose environment is empty: it may be about to start another program. */
const UNSURE_LOOKS = 3;

/** What is to be ended, found anew at each look: numbers for kill(2), negative for a group. */
interface Found {
  readonly targets: readonly number[];
  readonly unsure: boolean;
}

/**
 * Ends a command with everything it started: SIGTERM, up to `graceMs` for all of it to end by itself, SIGKILL to the
 * group, then to what escaped the group, until nothing is found any more. With `graceMs` 0 it starts at SIGKILL.
 * Returns the pids that are left after VERIFY_MS; empty is the rule.
 */
export async function endTree(tree: Tree, graceMs: number): Promise<number[]> {
  if (graceMs > 0) {
    signalTree(tree, 'SIGTERM');
    signalTree(tree, 'SIGCONT'); // a stopped process would not see the SIGTERM
    await goneWithin(() => findTree(tree), graceMs);
  }
  signalGroup(tree, 'SIGKILL'); // to all at once: no member can fork its way out between two signals
  return killUntilGone(() => findTree(tree));
}

/** Sends a signal to the group and to the members that have left it. False: nobody is there. */
export function signalTree(tree: Tree, signal: NodeJS.Signals): boolean {
  const table = readProcessTable();
  if (table === null) return send(-tree.pid, signal);
  const outside = membersOf(tree, table, true).alive.filter((p) => p.group !== tree.pid);
  const reached = signalGroup(tree, signal);
  return outside.map((p) => send(p.pid, signal)).includes(true) || reached;
}

/** Ends, machine-wide, what is left of earlier attempts of the same job. Returns the pids it could not end. */
export function endEarlierAttempts(attemptId: string): Promise<number[]> {
  return killUntilGone(() => findMarked((marker) => isEarlierAttempt(marker, attemptId)));
}

/** Ends, machine-wide, what carries the marker of this attempt. Returns the pids it could not end. */
export function endMarked(attemptId: string): Promise<number[]> {
  return killUntilGone(() => findMarked((marker) => marker === attemptId));
}

function signalGroup(tree: Tree, signal: NodeJS.Signals): boolean {
  return numberIsOurs(tree, readProcess(tree.pid)) && send(-tree.pid, signal);
}

function findTree(tree: Tree): Found {
  const table = readProcessTable();
  if (table === null) return { targets: isThere(-tree.pid) ? [-tree.pid] : [], unsure: false };
  const { alive, unsure } = membersOf(tree, table, true);
  return { targets: alive.map((p) => p.pid), unsure };
}

function findMarked(matches: (attemptId: string) => boolean): Found {
  let unsure = false;
  const targets: number[] = [];
  for (const p of readProcessTable() ?? []) {
    if (!mayCarryMarker(p)) continue;
    const marker = readMarker(p.pid);
    if (marker === 'unknown') unsure = true;
    else if (marker !== 'none' && matches(marker.attemptId)) targets.push(p.pid);
  }
  return { targets, unsure };
}

function mayCarryMarker(p: ProcessInfo): boolean {
  return p.alive && p.pid !== process.pid && !isKernelThread(p);
}

async function goneWithin(find: () => Found, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs;
  for (let pauseMs = FIRST_LOOK_MS; find().targets.length > 0; pauseMs = Math.min(pauseMs * 2, LONGEST_LOOK_MS)) {
    const leftMs = end - performance.now();
    if (leftMs <= 0) return;
    await delay(Math.min(pauseMs, leftMs));
  }
}

/** Kills and looks again: only a look that finds nobody ends it, since what was killed may have forked before. */
async function killUntilGone(find: () => Found): Promise<number[]> {
  const end = performance.now() + VERIFY_MS;
  let looks = 0;
  for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_LOOK_MS)) {
    const { targets, unsure } = find();
    looks += 1;
    if (targets.length === 0 && (!unsure || looks >= UNSURE_LOOKS)) return [];
    if (performance.now() > end) return targets.map(Math.abs);
    for (const target of targets) send(target, 'SIGKILL');
    await delay(pauseMs);
  }
}

function isThere(target: number): boolean {
  try {
    process.kill(target, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** False when nobody is there, or it may not be signalled. */
function send(target: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(target, signal);
    return true;
  } catch {
    return false;
  }
}
