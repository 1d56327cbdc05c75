import { Command } from 'commander';
import { controlText } from '../control-reply.js';
import { withShared, type Session } from '../session.js';

export function cancelCommand(session: Session): Command {
  const command = new Command('cancel').description('cancel a job and say what was done').argument('<id>');
  withShared(command).option('--reason <text>', 'kept with the job');
  return command.action(async (id: string) => {
    const { reason } = command.opts<{ reason?: string }>();
    const reply = await session.client(command).cancel(id, { reason });
    session.print(command, reply, () => [controlText(reply)]);
  });
}
