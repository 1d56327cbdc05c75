import { Command } from 'commander';
import type { WorkerInfo } from '@leeway/contract';
import { withShared, type Session } from '../session.js';
import { table, type Column } from '../table.js';

export function workersCommand(session: Session): Command {
  const command = new Command('workers').description('show who is there to run jobs');
  withShared(command);
  return command.action(async () => {
    const workers = await session.client(command).workers();
    session.print(command, { workers }, () =>
      workers.length === 0 ? ['no workers'] : table(workers, COLUMNS, session.terminal.columns),
    );
  });
}

const COLUMNS: readonly Column<WorkerInfo>[] = [
  { title: 'ID', cell: (worker) => worker.id, elastic: true },
  { title: 'HOST', cell: (worker) => worker.host },
  { title: 'PID', cell: (worker) => String(worker.pid), align: 'right' },
  { title: 'STATE', cell: (worker) => worker.state },
  { title: 'RUNNING', cell: (worker) => `${worker.running} of ${worker.concurrency}`, align: 'right' },
  { title: 'KINDS', cell: (worker) => worker.kinds.join(', ') },
  { title: 'LAST SEEN', cell: (worker) => timeOfDay(worker.lastSeenAt) },
];

/** `10:09:08Z` of an ISO time: a worker that is not seen for long is shown as lost, so the day says nothing. */
function timeOfDay(iso: string): string {
  return `${iso.slice('2026-11-21T'.length, '2026-11-21T10:09:08'.length)}Z`;
}
