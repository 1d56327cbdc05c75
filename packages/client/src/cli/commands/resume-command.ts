import { Command } from 'commander';
import { controlText } from '../control-reply.js';
import { withShared, type Session } from '../session.js';

export function resumeCommand(session: Session): Command {
  const command = new Command('resume').description('let a paused job go on').argument('<id>');
  return withShared(command).action(async (id: string) => {
    const reply = await session.client(command).resume(id);
    session.print(command, reply, () => [controlText(reply)]);
  });
}
