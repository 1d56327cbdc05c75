import { Command } from 'commander';
import type { ControlReply } from '@leeway/contract';
import { withShared, type Session } from '../session.js';

const DONE: Record<ControlReply['done'], string> = {
  cancelled: 'cancelled',
  killed: 'ended by force: it did not stop when asked',
  already: 'was cancelled before',
  too_late: 'had ended already; nothing was done',
  requested: 'its worker has been told and has not confirmed yet',
};

export function cancelCommand(session: Session): Command {
  const command = new Command('cancel').description('cancel a job and say what was done').argument('<id>');
  withShared(command).option('--reason <text>', 'kept with the job');
  return command.action(async (id: string) => {
    const { reason } = command.opts<{ reason?: string }>();
    const reply = await session.client(command).cancel(id, { reason });
    session.print(command, reply, () => [`${reply.job.id}  ${DONE[reply.done]}`]);
  });
}
