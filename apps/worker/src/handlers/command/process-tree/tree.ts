import type { PidBirth } from './pid-order.js';
import { type ProcessInfo, readMarker } from './process-table.js';

/** A command's main process, and what is known of its descendants. */
export interface Tree extends PidBirth {
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
  const ours = numberIsOurs(tree, table.find((p) => p.pid === tree.pid) ?? null);
  const inside = new Set<number>();
  for (const p of table) {
    const ofSession = ours && (p.session === tree.pid || p.group === tree.pid);
    if (ofSession || tree.seen.get(p.pid) === p.startTicks) inside.add(p.pid);
  }
  addDescendants(inside, table);
  let unsure = false;
  if (byMarker) {
    const candidates = table.filter((p) => !inside.has(p.pid) && p.startTicks >= tree.startTicks);
    unsure = addMarked(inside, candidates, (attemptId) => attemptId === tree.attemptId);
    addDescendants(inside, table);
  }
  const alive = aliveMembers(inside, table);
  tree.seen.clear();
  for (const p of alive) tree.seen.set(p.pid, p.startTicks);
  return { alive, unsure };
}

/**
 * Who belongs to the attempts that `matches` accepts, with nothing known but the marker: what carries it, the sessions
 * whose leader carried it, and the descendants of all these.
 */
export function membersByMarker(table: readonly ProcessInfo[], matches: (attemptId: string) => boolean): Members {
  const inside = new Set<number>();
  const unsure = addMarked(inside, table, matches);
  const there = new Set(table.map((p) => p.pid));
  const above = sessionsAbove(process.pid, table);
  // A session whose leader is gone was made by a process of the attempt; one whose leader lives unmarked was not.
  const made = ({ session }: ProcessInfo) => inside.has(session) || !(there.has(session) || above.has(session));
  const sessions = new Set(table.filter((p) => inside.has(p.pid) && made(p)).map((p) => p.session));
  for (const p of table) if (sessions.has(p.session)) inside.add(p.pid);
  addDescendants(inside, table);
  return { alive: aliveMembers(inside, table), unsure };
}

/**
 * Whether the number of the main process still stands for it; `holder` is the process that has the number now. The
 * kernel gives a number to a new process only when no process, group or session uses it: another process with it
 * means that our group and session are empty.
 */
export function numberIsOurs(tree: Tree, holder: ProcessInfo | null): boolean {
  return holder === null || holder.startTicks === tree.startTicks;
}

/**
 * Sessions that no attempt can have made: those of the process that looks and of all above it, and 0, under which a
 * container shows every session that began outside of it. Their leaders may be gone, too.
 */
function sessionsAbove(pid: number, table: readonly ProcessInfo[]): ReadonlySet<number> {
  const known = new Map(table.map((p) => [p.pid, p]));
  const sessions = new Set([0]);
  for (let p = known.get(pid); p !== undefined && p.pid !== p.ppid; p = known.get(p.ppid)) sessions.add(p.session);
  return sessions;
}

/** Returns whether some of the candidates could not be judged. */
function addMarked(
  inside: Set<number>,
  candidates: readonly ProcessInfo[],
  matches: (attemptId: string) => boolean,
): boolean {
  let unsure = false;
  for (const p of candidates) {
    const isKernelThread = p.session === 0 && p.group === 0;
    if (!p.alive || isKernelThread) continue;
    const marker = readMarker(p.pid);
    if (marker === 'unknown') unsure = true;
    else if (marker !== 'none' && matches(marker.attemptId)) inside.add(p.pid);
  }
  return unsure;
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

/** Never this process itself, which may be part of a command of another worker. */
function aliveMembers(inside: ReadonlySet<number>, table: readonly ProcessInfo[]): ProcessInfo[] {
  return table.filter((p) => p.alive && p.pid !== process.pid && inside.has(p.pid));
}
