import { pidOrder } from '../process-tree/pid-order.js';
import { readProcessTable, TICK_MS } from '../process-tree/process-table.js';
import { membersOf } from '../process-tree/tree.js';
import type { LeashedCommand } from './leashed-command.js';

const SAMPLE_MS = 1_000;
/** A program that only waits still burns a few milliseconds a second on timers and garbage collection. */
const BUSY_MS_PER_SAMPLE = 50;

/**
 * Looks once a second at the processor time of each command with all its descendants, and reports those that
 * worked. It also notices descendants while their parents live, which finds them again when they have escaped.
 */
export function watchProcessorTime(
  commands: () => Iterable<LeashedCommand>,
  onCpuActivity: (command: LeashedCommand) => void,
): void {
  const last = new WeakMap<LeashedCommand, number>();
  setInterval(() => {
    const running = [...commands()].filter((command) => command.tree !== null);
    const table = running.length === 0 ? null : readProcessTable(lowestOf(running));
    if (table === null) return;
    for (const command of running) {
      if (command.tree === null) continue;
      const { alive } = membersOf(command.tree, table, false);
      const cpuMs = alive.reduce((sum, p) => sum + p.cpuTicks, 0) * TICK_MS;
      if (cpuMs - (last.get(command) ?? 0) >= BUSY_MS_PER_SAMPLE) onCpuActivity(command);
      last.set(command, cpuMs);
    }
  }, SAMPLE_MS);
}

/** Also the look at the order of numbers that has to be made regularly while something runs. */
function lowestOf(commands: readonly LeashedCommand[]): number {
  return Math.min(...commands.map(({ tree }) => (tree === null ? 0 : pidOrder.lowestOf(tree))));
}
