import type { PidBirth } from './pid-order.js';
import { type ProcessInfo, readMarker } from './process-table.js';

/** A command's main process, and its known descendants. */
export interface Tree extends PidBirth {
  /** Also the id of its session and its process group. */
  readonly pid: number;
  readonly startTicks: number;
  readonly attemptId: string;
  /** Members seen so far, pid to start time: they stay known when they lose their parent and their marker. */
  readonly seen: Map<number, number>;
}

export interface Members {
  readonly alive: readonly ProcessInfo[];
  /** The marker of a process could not be read yet: to be tried again. */
  readonly unsure: boolean;
}

/**
 * The members of the tree: its session and group, earlier members, processes with its marker (read only when `byMarker` is
 * true), and the descendants of all these.
 */
export function membersOf(tree: Tree, table: readonly ProcessInfo[], byMarker: boolean): Members {
  const ours = isPidOurs(tree, table.find((p) => p.pid === tree.pid) ?? null);
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
 * The processes of the attempts that `matches` accepts, by their markers alone: those with the marker, the sessions whose leader
 * had it, and the descendants of all these.
 */
export function membersByMarker(table: readonly ProcessInfo[], matches: (attemptId: string) => boolean): Members {
  const inside = new Set<number>();
  const unsure = addMarked(inside, table, matches);
  const there = new Set(table.map((p) => p.pid));
  const above = sessionsAbove(process.pid, table);
  // A session whose leader has ended was created by a process of the attempt; one with a living leader without marker was not.
  const isOwn = ({ session }: ProcessInfo) => inside.has(session) || !(there.has(session) || above.has(session));
  const sessions = new Set(table.filter((p) => inside.has(p.pid) && isOwn(p)).map((p) => p.session));
  for (const p of table) if (sessions.has(p.session)) inside.add(p.pid);
  addDescendants(inside, table);
  return { alive: aliveMembers(inside, table), unsure };
}

/**
 * Whether the pid of the main process still means it; `holder` is the process with that pid now. The kernel reuses a pid only
 * when no process, group or session has it: another holder proves that our group and session are empty.
 */
export function isPidOurs(tree: Tree, holder: ProcessInfo | null): boolean {
  return holder === null || holder.startTicks === tree.startTicks;
}

/**
 * Sessions that no attempt can have created: those of this process and its ancestors, and 0, under which a container shows all
 * sessions from outside of it. Their leaders may have ended, too.
 */
function sessionsAbove(pid: number, table: readonly ProcessInfo[]): ReadonlySet<number> {
  const known = new Map(table.map((p) => [p.pid, p]));
  const sessions = new Set([0]);
  for (let p = known.get(pid); p !== undefined && p.pid !== p.ppid; p = known.get(p.ppid)) sessions.add(p.session);
  return sessions;
}

/** Returns whether the marker of some candidate could not be read yet. */
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
  // Iteration over a Set includes members added meanwhile.
  for (const pid of inside) for (const child of children.get(pid) ?? []) inside.add(child);
}

/** Never this process itself, which may be part of a command of another worker. */
function aliveMembers(inside: ReadonlySet<number>, table: readonly ProcessInfo[]): ProcessInfo[] {
  return table.filter((p) => p.alive && p.pid !== process.pid && inside.has(p.pid));
}
