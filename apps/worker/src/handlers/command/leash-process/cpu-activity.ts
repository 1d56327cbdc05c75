import { pidOrder } from '../process-tree/pid-order.js';
import { readProcessTable, TICK_MS } from '../process-tree/process-table.js';
import { membersOf } from '../process-tree/tree.js';
import type { LeashedCommand } from './leashed-command.js';

const SAMPLE_MS = 1_000;
/** Above the few milliseconds a second that a waiting program uses for timers and garbage collection. */
const BUSY_MS_PER_SAMPLE = 50;

/**
 * Samples the processor time of each command with all its descendants once a second, and reports those that used it. It also
 * records descendants while their parents live, by which they are found when they have escaped.
 */
export function watchCpuActivity(
  commands: () => Iterable<LeashedCommand>,
  onCpuActivity: (command: LeashedCommand) => void,
): void {
  const last = new WeakMap<LeashedCommand, number>();
  setInterval(() => {
    const running = [...commands()].filter((command) => command.tree !== null);
    const table = running.length === 0 ? null : readProcessTable(lowestPid(running));
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

/** Also the regular reading of the last pid that PidOrder needs while a command runs. */
function lowestPid(commands: readonly LeashedCommand[]): number {
  return Math.min(...commands.map(({ tree }) => (tree === null ? 0 : pidOrder.lowestOf(tree))));
}
