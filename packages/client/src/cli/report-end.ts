import type { Job } from '@leeway/contract';
import type { LeewayClient } from '../client.js';
import { stateText } from './job-text.js';
import { printable } from './printable.js';
import type { Terminal } from './terminal.js';

/** Says on stderr how a job ended, unless it went well, and whether some of its output could not be shown. */
export async function reportEnd(job: Job, where: { client: LeewayClient; terminal: Terminal }): Promise<void> {
  const { client, terminal } = where;
  if (job.state !== 'succeeded') {
    const advice = job.error?.advice === undefined ? '' : ` ${printable(job.error.advice)}`;
    terminal.err(
      `leeway: ${job.id} ${stateText(job)}${job.error === null ? '' : ` ${printable(job.error.message)}`}${advice}\n`,
    );
  }
  // A tail of one byte: only the mark is wanted.
  const { truncated } = await client.output(job.id, { tail: 1 });
  if (truncated)
    terminal.err(
      `leeway: the job printed more than is stored; the end of it may be in the result: leeway get ${job.id} --json\n`,
    );
}
