import { Command } from 'commander';
import { controlText } from '../control-reply.js';
import { withShared, type Session } from '../session.js';
import { readLimits, withClocks } from '../submission-options.js';
import { UsageError } from '../usage-error.js';

export function limitsCommand(session: Session): Command {
  const command = new Command('limits').description('change limits of a job that waits or runs').argument('<id>');
  withClocks(withShared(command));
  return command.action(async (id: string) => {
    const { timeoutMs, limits, completeBy } = readLimits(command);
    if (timeoutMs === undefined && limits === undefined && completeBy === undefined)
      throw new UsageError('no limit to change was given, e.g. --timeout 2m (leeway limits --help lists them)');
    const reply = await session.client(command).changeLimits(id, { timeoutMs, limits, completeBy });
    session.print(command, reply, () => [controlText(reply)]);
  });
}
