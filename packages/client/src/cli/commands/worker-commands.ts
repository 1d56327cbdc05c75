import type { ProviderState, WorkerInfo } from '@leeway/contract';
import { Command } from 'commander';
import { printable } from '../printable.js';
import { withShared, type Session } from '../session.js';
import { table, type Column } from '../table.js';

export function workersCommand(session: Session): Command {
  const command = new Command('workers').description('show the workers and what each of them runs');
  withShared(command);
  return command.action(async () => {
    const workers = await session.client(command).workers();
    session.print(command, { workers }, () =>
      workers.length === 0 ? ['no workers'] : table(workers, WORKER_COLUMNS, session.terminal.columns),
    );
  });
}

const WORKER_COLUMNS: readonly Column<WorkerInfo>[] = [
  { title: 'ID', cell: ({ id }) => id, elastic: true },
  { title: 'HOST', cell: ({ host }) => host },
  { title: 'PID', cell: ({ pid }) => String(pid), align: 'right' },
  { title: 'STATE', cell: ({ state }) => state },
  { title: 'RUNNING', cell: ({ running, concurrency }) => `${running} of ${concurrency}`, align: 'right' },
  { title: 'KINDS', cell: ({ kinds }) => kinds.join(', ') },
  { title: 'LAST SEEN', cell: ({ lastSeenAt }) => timeOfDay(lastSeenAt) },
];

/** `10:09:08Z` of an ISO time. Without the day: a worker that is silent for longer is shown as lost. */
function timeOfDay(iso: string): string {
  return `${iso.slice('2026-11-21T'.length, '2026-11-21T10:09:08'.length)}Z`;
}

export function providersCommand(session: Session): Command {
  const command = new Command('providers')
    .description('show which model providers take calls, and until when others do not')
    .option('--resume <name>', 'resume the jobs of this provider at once');
  withShared(command);
  return command.action(async () => {
    const client = session.client(command);
    const { resume } = command.opts<{ resume?: string }>();
    if (resume !== undefined) {
      const reply = await client.resumeProvider(resume);
      const text = reply.done === 'resumed' ? 'resumed' : 'unchanged: it took calls already';
      return session.print(command, reply, () => [`${printable(reply.provider.name)}  ${text}`]);
    }
    const providers = await client.providers();
    session.print(command, { providers }, () =>
      providers.length === 0
        ? ['no providers in the policy']
        : table(providers, PROVIDER_COLUMNS, session.terminal.columns),
    );
  });
}

const PROVIDER_COLUMNS: readonly Column<ProviderState>[] = [
  { title: 'PROVIDER', cell: ({ name }) => printable(name) },
  { title: 'STATE', cell: ({ state }) => state },
  { title: 'UNTIL', cell: ({ until }) => until?.replace(/\.\d+Z$/, 'Z') ?? '-' },
  { title: 'WAITING', cell: ({ waiting }) => String(waiting), align: 'right' },
  { title: 'ANSWERED', cell: ({ calls }) => String(calls.answered), align: 'right' },
  { title: 'FAILED', cell: ({ calls }) => String(calls.failed), align: 'right' },
  { title: 'REASON', cell: ({ reason }) => (reason === null ? '-' : printable(reason)), elastic: true },
];
