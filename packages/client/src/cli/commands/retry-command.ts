import { CAUSE_NAMES, type Cause } from '@leeway/contract';
import { Command, Option } from 'commander';
import type { RetryFilter } from '../../call-options.js';
import { controlText } from '../control-reply.js';
import { wholeNumber } from '../option-values.js';
import { withShared, type Session } from '../session.js';
import { UsageError } from '../usage-error.js';

const DEFAULT_COUNT = 100;

interface Options {
  attempts?: number;
  state?: 'failed' | 'cancelled';
  cause?: Cause;
  kind?: string;
  label?: string;
  limit: number;
}

export function retryCommand(session: Session): Command {
  const command = new Command('retry')
    .description('try failed or cancelled jobs again: one by its id, or many with --state')
    .argument('[id]');
  withShared(command)
    .option('--attempts <count>', 'how many new attempts each gets', wholeNumber)
    .addOption(new Option('--state <state>', 'all that ended like this, newest first').choices(['failed', 'cancelled']))
    .addOption(new Option('--cause <cause>', 'with --state: only jobs with this cause').choices(CAUSE_NAMES))
    .option('--kind <kind>', 'with --state: only jobs of this kind')
    .option('--label <text>', 'with --state: only jobs with this label')
    .option('--limit <count>', 'with --state: at most so many', wholeNumber, DEFAULT_COUNT);
  return command.action(async (id: string | undefined) => {
    const { attempts, state, cause, kind, label, limit } = command.opts<Options>();
    if ((id === undefined) === (state === undefined))
      throw new UsageError('which jobs? Give the id of one, or --state failed or --state cancelled for many');
    if (id !== undefined) {
      const reply = await session.client(command).retry(id, { attempts });
      return session.print(command, reply, () => [controlText(reply)]);
    }
    const done = await retryAll(session, command, { attempts, state, cause, kind, label, limit });
    session.print(command, done, () => [
      ...done.retried.map((each) => `${each}  has new attempts`),
      ...done.left.map((each) => `${each}  was left as it is`),
      `${done.retried.length} tried again, ${done.left.length} left`,
    ]);
  });
}

/** Call after call, until there are no more or `limit` is reached. */
async function retryAll(
  session: Session,
  command: Command,
  filter: RetryFilter & { limit: number },
): Promise<{ retried: string[]; left: string[] }> {
  const all = { retried: [] as string[], left: [] as string[] };
  let cursor: string | undefined;
  do {
    const limit = Math.min(DEFAULT_COUNT, filter.limit - all.retried.length);
    const { retried, left, next } = await session.client(command).retryMany({ ...filter, limit, cursor });
    all.retried.push(...retried);
    all.left.push(...left);
    cursor = next ?? undefined;
  } while (cursor !== undefined && all.retried.length < filter.limit);
  return all;
}
