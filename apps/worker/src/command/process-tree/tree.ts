import { type ProcessInfo, readMarker } from './process-table.js';

/** A command's main process, and what is known of its descendants. */
export interface Tree {
  /** Also the id of its session and its process group. */
  readonly pid: number;
  readonly startTicks: number;
  readonly attemptId: string;
  /** Members seen so far, pid to start time: one that has lost its parent and its marker is still known. */
  readonly seen: Map<number, number>;
}

export interface Members {
  readonly alive: readonly ProcessInfo[];
  /** True when a process could not be told to be ours or not yet: look again. */
  readonly unsure: boolean;
}

/**
 * Who belongs to the tree: its session and group, what was seen in it before, what carries its marker (read only
 * when `byMarker` is true), and the descendants of all these.
 */
export function membersOf(tree: Tree, table: readonly ProcessInfo[], byMarker: boolean): Members {
  const inside = new Set<number>();
  const ours = numberIsOurs(tree, table.find((p) => p.pid === tree.pid));
  for (const p of table) {
    const ofSession = ours && (p.session === tree.pid || p.group === tree.pid);
    if (ofSession || tree.seen.get(p.pid) === p.startTicks) inside.add(p.pid);
  }
  addDescendants(inside, table);
  let unsure = false;
  if (byMarker) {
    for (const p of table) {
      if (inside.has(p.pid) || !p.alive || p.startTicks < tree.startTicks || isKernelThread(p)) continue;
      const marker = readMarker(p.pid);
      if (marker === 'unknown') unsure = true;
      else if (marker !== 'none' && marker.attemptId === tree.attemptId) inside.add(p.pid);
    }
    addDescendants(inside, table);
  }
  inside.delete(process.pid);
  const alive = table.filter((p) => p.alive && inside.has(p.pid));
  remember(tree, alive);
  return { alive, unsure };
}

/**
 * Whether the number of the main process still stands for it; `holder` is the process that has the number now. The
 * kernel gives a number to a new process only when no process, group or session uses it: another process with it
 * means that our group and session are empty.
 */
export function numberIsOurs(tree: Tree, holder: ProcessInfo | null | undefined): boolean {
  return holder == null || holder.startTicks === tree.startTicks;
}

export function isKernelThread(p: ProcessInfo): boolean {
  return p.session === 0 && p.group === 0;
}

function addDescendants(inside: Set<number>, table: readonly ProcessInfo[]): void {
  const children = new Map<number, number[]>();
  for (const p of table) {
    const siblings = children.get(p.ppid);
    if (siblings === undefined) children.set(p.ppid, [p.pid]);
    else siblings.push(p.pid);
  }
  // A Set visits what is added while it is walked.
  for (const pid of inside) for (const child of children.get(pid) ?? []) inside.add(child);
}

function remember(tree: Tree, alive: readonly ProcessInfo[]): void {
  tree.seen.clear();
  for (const p of alive) tree.seen.set(p.pid, p.startTicks);
}
