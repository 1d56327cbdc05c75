import { allowedText, durationText, JOB_STATES, type Job, type JobState } from '@leeway/contract';
import { Command, Option } from 'commander';
import { jobText } from '../job-text.js';
import { durationMs, wholeNumber } from '../option-values.js';
import { withShared, type Session } from '../session.js';
import { table, type Column } from '../table.js';

export function getCommand(session: Session): Command {
  const command = new Command('get').description('show a job').argument('<id>');
  withShared(command).option('--wait [duration]', 'wait until it has ended, at most for the duration', durationMs);
  return command.action(async (id: string) => {
    const { wait } = command.opts<{ wait?: number | true }>();
    const client = session.client(command);
    const job =
      wait === undefined
        ? await client.get(id)
        : await client.waitFor(id, { timeoutMs: wait === true ? undefined : wait });
    session.print(command, job, () => jobText(job, Date.now()));
  });
}

const DEFAULT_COUNT = 20;
const JOBS_PER_CALL = 100;

interface ListOptions {
  state?: JobState;
  kind?: string;
  label?: string;
  limit: number;
}

export function listCommand(session: Session): Command {
  const command = new Command('list').description('list jobs, newest first');
  withShared(command)
    .addOption(new Option('--state <state>', 'only jobs in this state').choices(JOB_STATES))
    .option('--kind <kind>', 'only jobs of this kind')
    .option('--label <text>', 'only jobs with this label')
    .option('--limit <count>', 'at most so many', wholeNumber, DEFAULT_COUNT);
  return command.action(async () => {
    const jobs = await listJobs(session, command);
    session.print(command, { jobs }, () =>
      jobs.length === 0 ? ['no jobs'] : table(jobs, COLUMNS, session.terminal.columns),
    );
  });
}

async function listJobs(session: Session, command: Command): Promise<Job[]> {
  const { state, kind, label, limit } = command.opts<ListOptions>();
  const jobs: Job[] = [];
  if (limit === 0) return jobs;
  const pageSize = Math.min(limit, JOBS_PER_CALL);
  for await (const job of session.client(command).list({ state, kind, label, pageSize })) {
    if (jobs.push(job) === limit) break;
  }
  return jobs;
}

const COLUMNS: readonly Column<Job>[] = [
  { title: 'ID', cell: (job) => job.id },
  { title: 'STATE', cell: state },
  { title: 'CLASS', cell: (job) => job.class, elastic: true },
  { title: 'TOOK', cell: took, align: 'right' },
  {
    title: 'ALLOWED',
    cell: (job) => (job.decision === null ? '' : allowedText(job.decision)),
    align: 'right',
  },
];

function state(job: Job): string {
  if (job.late && job.state === 'running') return 'late';
  return job.cause === null || job.cause === job.state ? job.state : `${job.state} (${job.cause})`;
}

/** Of the latest attempt; empty while it runs. */
function took(job: Job): string {
  const ms = job.attempts.at(-1)?.durationMs;
  return typeof ms === 'number' ? durationText(ms) : '';
}
