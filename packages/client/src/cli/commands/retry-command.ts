import { Command } from 'commander';
import { controlText } from '../control-reply.js';
import { wholeNumber } from '../option-values.js';
import { withShared, type Session } from '../session.js';

export function retryCommand(session: Session): Command {
  const command = new Command('retry').description('try a failed or cancelled job again').argument('<id>');
  withShared(command).option('--attempts <count>', 'how many new attempts it gets', wholeNumber);
  return command.action(async (id: string) => {
    const { attempts } = command.opts<{ attempts?: number }>();
    const reply = await session.client(command).retry(id, { attempts });
    session.print(command, reply, () => [controlText(reply)]);
  });
}
