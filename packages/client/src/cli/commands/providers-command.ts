import { Command } from 'commander';
import type { ProviderState } from '@leeway/contract';
import { printable } from '../printable.js';
import { withShared, type Session } from '../session.js';
import { table, type Column } from '../table.js';

export function providersCommand(session: Session): Command {
  const command = new Command('providers')
    .description('show which model providers take calls, and until when others do not')
    .option('--resume <name>', 'let the jobs of this one go on at once');
  withShared(command);
  return command.action(async () => {
    const client = session.client(command);
    const { resume } = command.opts<{ resume?: string }>();
    if (resume !== undefined) {
      const reply = await client.resumeProvider(resume);
      const words = reply.done === 'resumed' ? 'goes on' : 'took calls already; nothing was done';
      return session.print(command, reply, () => [`${printable(reply.provider.name)}  ${words}`]);
    }
    const providers = await client.providers();
    session.print(command, { providers }, () =>
      providers.length === 0 ? ['no providers in the policy'] : table(providers, COLUMNS, session.terminal.columns),
    );
  });
}

const COLUMNS: readonly Column<ProviderState>[] = [
  { title: 'PROVIDER', cell: ({ name }) => printable(name) },
  { title: 'STATE', cell: ({ state }) => state },
  { title: 'UNTIL', cell: ({ until }) => until?.replace(/\.\d+Z$/, 'Z') ?? '-' },
  { title: 'WAITING', cell: ({ waiting }) => String(waiting), align: 'right' },
  { title: 'ANSWERED', cell: ({ calls }) => String(calls.answered), align: 'right' },
  { title: 'FAILED', cell: ({ calls }) => String(calls.failed), align: 'right' },
  { title: 'REASON', cell: ({ reason }) => (reason === null ? '-' : printable(reason)), elastic: true },
];
