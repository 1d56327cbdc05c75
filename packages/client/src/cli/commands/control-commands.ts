import { CAUSE_NAMES, countText, type Cause, type ControlReply } from '@leeway/contract';
import { Command, Option } from 'commander';
import type { RetryFilter } from '../../call-options.js';
import { wholeNumber } from '../option-values.js';
import { UsageError, withShared, type Session } from '../session.js';
import { readLimits, withClocks } from '../submission-options.js';

export function cancelCommand(session: Session): Command {
  const command = new Command('cancel').description('cancel a job and print what was done').argument('<id>');
  withShared(command).option('--reason <text>', 'kept with the job');
  return command.action(async (id: string) => {
    const { reason } = command.opts<{ reason?: string }>();
    printControl(session, command, await session.client(command).cancel(id, { reason }));
  });
}

export function pauseCommand(session: Session): Command {
  const command = new Command('pause')
    .description('keep a waiting job back, or suspend a running command')
    .argument('<id>');
  return withShared(command).action(async (id: string) => {
    printControl(session, command, await session.client(command).pause(id));
  });
}

export function resumeCommand(session: Session): Command {
  const command = new Command('resume').description('continue a paused job').argument('<id>');
  return withShared(command).action(async (id: string) => {
    printControl(session, command, await session.client(command).resume(id));
  });
}

export function limitsCommand(session: Session): Command {
  const command = new Command('limits').description('change limits of a job that waits or runs').argument('<id>');
  withClocks(withShared(command));
  return command.action(async (id: string) => {
    const { timeoutMs, limits, completeBy } = readLimits(command);
    if (timeoutMs === undefined && limits === undefined && completeBy === undefined)
      throw new UsageError('no limit to change was given, e.g. --timeout 2m (leeway limits --help lists them)');
    printControl(session, command, await session.client(command).changeLimits(id, { timeoutMs, limits, completeBy }));
  });
}

function printControl(session: Session, command: Command, reply: ControlReply): void {
  session.print(command, reply, () => [`${reply.job.id}  ${controlText(reply)}`]);
}

function controlText({ done, job }: ControlReply): string {
  const texts: Record<ControlReply['done'], string> = {
    cancelled: 'cancelled',
    killed: 'ended by force: it did not stop when asked',
    paused: 'paused',
    resumed: 'resumed',
    retried: 'has new attempts',
    changed: 'has the new limits',
    already: `unchanged: it is ${job.state} already`,
    too_late: 'unchanged: it had ended already',
    requested: 'requested; its worker has not confirmed it yet',
  };
  return texts[done];
}

/** Jobs of one call, which is also the default of `--limit`. */
const RETRIES_PER_CALL = 100;

interface RetryOptions {
  attempts?: number;
  state?: 'failed' | 'cancelled';
  cause?: Cause;
  kind?: string;
  label?: string;
  limit: number;
}

export function retryCommand(session: Session): Command {
  const command = new Command('retry')
    .description('give failed or cancelled jobs new attempts: one by its id, or many with --state')
    .argument('[id]');
  withShared(command)
    .option('--attempts <count>', 'how many new attempts each gets', wholeNumber)
    .addOption(new Option('--state <state>', 'all jobs in this state, newest first').choices(['failed', 'cancelled']))
    .addOption(new Option('--cause <cause>', 'with --state: only jobs with this cause').choices(CAUSE_NAMES))
    .option('--kind <kind>', 'with --state: only jobs of this kind')
    .option('--label <text>', 'with --state: only jobs with this label')
    .option('--limit <count>', 'with --state: at most so many', wholeNumber, RETRIES_PER_CALL);
  return command.action(async (id: string | undefined) => {
    const { attempts, ...filter } = command.opts<RetryOptions>();
    if ((id === undefined) === (filter.state === undefined))
      throw new UsageError('which jobs? Give the id of one, or --state failed or --state cancelled for many');
    if (id !== undefined) return printControl(session, command, await session.client(command).retry(id, { attempts }));
    const { retried, left } = await retryAll(session, command, { attempts, ...filter });
    session.print(command, { retried, left }, () => [
      ...retried.map((each) => `${each}  has new attempts`),
      ...left.map((each) => `${each}  unchanged: it cannot be retried`),
      `${countText(retried.length, 'job')} retried, ${left.length} unchanged`,
    ]);
  });
}

/** Call after call, until there are no more jobs or `limit` is reached. */
async function retryAll(
  session: Session,
  command: Command,
  filter: RetryFilter & { limit: number },
): Promise<{ retried: string[]; left: string[] }> {
  const all = { retried: [] as string[], left: [] as string[] };
  const { state, cause, kind, label, attempts } = filter;
  let cursor: string | undefined;
  do {
    const limit = Math.min(RETRIES_PER_CALL, filter.limit - all.retried.length);
    const page = { state, cause, kind, label, attempts, limit, cursor };
    const { retried, left, next } = await session.client(command).retryMany(page);
    all.retried.push(...retried);
    all.left.push(...left);
    cursor = next ?? undefined;
  } while (cursor !== undefined && all.retried.length < filter.limit);
  return all;
}
