import { Command, Option } from 'commander';
import { JOB_STATES, type Job, type JobState } from '@leeway/contract';
import { allowedText } from '../allowed-text.js';
import { showDuration } from '../duration.js';
import { wholeNumber } from '../option-values.js';
import { withShared, type Session } from '../session.js';
import { table, type Column } from '../table.js';

const DEFAULT_COUNT = 20;
const PAGE = 100;

export function listCommand(session: Session): Command {
  const command = new Command('list').description('list jobs, newest first');
  withShared(command)
    .addOption(new Option('--state <state>', 'only jobs in this state').choices(JOB_STATES))
    .option('--kind <kind>', 'only jobs of this kind')
    .option('--label <text>', 'only jobs with this label')
    .option('--limit <count>', 'at most so many', wholeNumber, DEFAULT_COUNT);
  return command.action(async () => {
    const { state, kind, label, limit } = command.opts<{
      state?: JobState;
      kind?: string;
      label?: string;
      limit: number;
    }>();
    const jobs: Job[] = [];
    if (limit > 0) {
      for await (const job of session.client(command).list({ state, kind, label, pageSize: Math.min(limit, PAGE) })) {
        if (jobs.push(job) === limit) break;
      }
    }
    session.print(command, { jobs }, () =>
      jobs.length === 0 ? ['no jobs'] : table(jobs, COLUMNS, session.terminal.columns),
    );
  });
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
  const durationMs = job.attempts.at(-1)?.durationMs;
  return typeof durationMs === 'number' ? showDuration(durationMs) : '';
}
