import { Command } from 'commander';
import type { Session } from '../session.js';
import { withTenant } from '../tenant-option.js';

export function resetCommand(session: Session): Command {
  const command = new Command('reset').description('forget what a class has taught').argument('<class>');
  withTenant(command);
  return command.action(async (name: string) => {
    const { tenant } = command.opts<{ tenant?: string }>();
    const reply = await session.client(command).resetClass(name, { tenant });
    session.print(command, reply, () => [
      `${reply.class}  forgotten: ${reply.rings} rings${reply.counters ? ' and its counters' : ''}`,
    ]);
  });
}
