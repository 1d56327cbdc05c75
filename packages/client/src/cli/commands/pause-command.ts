import { Command } from 'commander';
import { controlText } from '../control-reply.js';
import { withShared, type Session } from '../session.js';

export function pauseCommand(session: Session): Command {
  const command = new Command('pause')
    .description('park a waiting job, or stop a running command where it stands')
    .argument('<id>');
  return withShared(command).action(async (id: string) => {
    const reply = await session.client(command).pause(id);
    session.print(command, reply, () => [controlText(reply)]);
  });
}
