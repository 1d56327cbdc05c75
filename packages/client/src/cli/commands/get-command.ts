import { Command } from 'commander';
import { jobText } from '../job-text.js';
import { durationMs } from '../option-values.js';
import { withShared, type Session } from '../session.js';

export function getCommand(session: Session): Command {
  const command = new Command('get').description('show a job').argument('<id>');
  withShared(command).option('--wait [duration]', 'wait until it has ended, or give up after the duration', durationMs);
  return command.action(async (id: string) => {
    const { wait } = command.opts<{ wait?: number | true }>();
    const client = session.client(command);
    const job =
      wait === undefined
        ? await client.get(id)
        : await client.waitFor(id, { timeoutMs: wait === true ? undefined : wait });
    session.print(command, job, () => jobText(job));
  });
}
