import type { AttemptId } from '@leeway/contract';
import { endMarked } from './process-tree/end-tree.js';
import { readMarker, readProcessTable } from './process-tree/process-table.js';

/** With the second look and a kill that fits into five seconds, also for a worker that has just started. */
const LOOK_EVERY_MS = 2_000;
/** Long enough for a leash that is just ending them. */
const SURE_AFTER_MS = 500;

/**
 * Ends what commands left behind on this machine where both that would have ended it are gone: the worker and its leash,
 * killed together. Every worker looks, and any of them finds it.
 *
 * Only processes of attempts that the record calls over at two looks in a row are touched: a leash that is just ending
 * them is faster, and an attempt that no record knows belongs to another installation.
 */
export class OrphanWatch {
  private overBefore: ReadonlySet<AttemptId> = new Set();

  /** `over`: those of the attempts that the record knows, and that are not open any more. */
  constructor(private readonly over: (attempts: readonly AttemptId[]) => Promise<AttemptId[]>) {}

  /** When to look again, in ms: soon, where something was found that should not be there. */
  get nextLookMs(): number {
    return this.overBefore.size > 0 ? SURE_AFTER_MS : LOOK_EVERY_MS;
  }

  /** Returns how many attempts had something left. Linux only; elsewhere nothing is found. */
  async look(): Promise<number> {
    const alive = markedAttempts();
    const over = alive.length === 0 ? [] : await this.over(alive);
    const orphaned = over.filter((attempt) => this.overBefore.has(attempt));
    this.overBefore = new Set(over);
    await Promise.all(orphaned.map((attempt) => endMarked(attempt)));
    return orphaned.length;
  }
}

/** Attempts with a living process on this machine that this user may look at. */
function markedAttempts(): AttemptId[] {
  const found = new Set<AttemptId>();
  for (const { pid, alive } of readProcessTable() ?? []) {
    const marker = alive && pid !== process.pid ? readMarker(pid) : 'none';
    if (typeof marker === 'object') found.add(marker.attemptId as AttemptId);
  }
  return [...found];
}
