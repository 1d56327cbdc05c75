import type { AttemptId } from '@leeway/contract';
import { endMarked } from './process-tree/end-tree.js';
import { readMarker, readProcessTable } from './process-tree/process-table.js';

/** Together with the second scan and the kill less than five seconds, also for a worker that has just started. */
const SCAN_EVERY_MS = 2_000;
/** Longer than a leash takes to end them itself. */
const CONFIRM_AFTER_MS = 500;

/**
 * Ends the processes of commands on this machine whose worker and leash were both killed. Every worker scans, so that any of
 * them finds the orphans of the others.
 *
 * Only processes of attempts that have ended by their record at two scans in a row are killed: the first scan may see what a
 * leash is just ending, and an attempt without a record belongs to another installation.
 */
export class OrphanWatch {
  private endedBefore: ReadonlySet<AttemptId> = new Set();

  /** `findEnded`: those of the attempts that have a record and are not open any more. */
  constructor(private readonly findEnded: (attempts: readonly AttemptId[]) => Promise<AttemptId[]>) {}

  /** The pause before the next scan; shorter where the last one has found a candidate. */
  get nextScanMs(): number {
    return this.endedBefore.size > 0 ? CONFIRM_AFTER_MS : SCAN_EVERY_MS;
  }

  /** Returns the number of attempts whose processes were killed. Linux only; elsewhere always 0. */
  async scan(): Promise<number> {
    const alive = markedAttempts();
    const ended = alive.length === 0 ? [] : await this.findEnded(alive);
    const orphaned = ended.filter((attempt) => this.endedBefore.has(attempt));
    this.endedBefore = new Set(ended);
    await Promise.all(orphaned.map((attempt) => endMarked(attempt)));
    return orphaned.length;
  }
}

/** Attempts with a living process on this machine whose environment this user may read. */
function markedAttempts(): AttemptId[] {
  const found = new Set<AttemptId>();
  for (const { pid, alive } of readProcessTable() ?? []) {
    const marker = alive && pid !== process.pid ? readMarker(pid) : 'none';
    if (typeof marker === 'object') found.add(marker.attemptId as AttemptId);
  }
  return [...found];
}
