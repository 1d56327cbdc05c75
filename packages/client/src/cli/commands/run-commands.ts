import type { Job } from '@leeway/contract';
import { Command } from 'commander';
import type { LeewayClient } from '../../client.js';
import { EXIT, exitCodeOf } from '../exit-code.js';
import { followJob, reportEnd } from '../follow-job.js';
import { readSubmission } from '../read-submission.js';
import { withShared, type Session } from '../session.js';
import { withAnyInput, withCommandInput, withLimits } from '../submission-options.js';

export function submitCommand(session: Session): Command {
  const command = withSubmission('submit', 'submit a job and print its id').option(
    '--idempotency-key <key>',
    'two submissions with the same key and job are one job',
  );
  return command.action(async (argv: string[]) => {
    const submission = await readSubmission(argv, command, session.world);
    const { idempotencyKey } = command.opts<{ idempotencyKey?: string }>();
    const job = await session.client(command).submit(submission, { idempotencyKey });
    session.print(command, job, () => [job.id]);
  });
}

/** Submits a job, shows its output and exits with its exit code. Ctrl-C cancels the job; a second one does not wait for that. */
export function runCommand(session: Session): Command {
  const command = withSubmission(
    'run',
    'run a job as if it ran here: its output, its exit code; Ctrl-C cancels it',
  ).option('-q, --quiet', "only the job's own output");
  return command.action(async (argv: string[]) => {
    // Failures before the end of the job are failures of Leeway and not of the job.
    session.failureCode = EXIT.leewayFailed;
    const submission = await readSubmission(argv, command, session.world);
    const client = session.client(command);
    const submitted = client.submit(submission);
    // Registered before the job exists: Ctrl-C during the submission has to cancel the job that it creates.
    const unregister = session.world.onInterrupt(
      () => void submitted.then((job) => cancelInterrupted(client, job)).catch(() => undefined),
      () => session.world.exit(EXIT.cancelled),
    );
    try {
      await showToEnd((await submitted).id, { client, command, session });
    } finally {
      unregister();
    }
  });
}

function cancelInterrupted(client: LeewayClient, { id }: Job): Promise<unknown> {
  return client.cancel(id, { reason: 'interrupted at the command line' });
}

/** As `run`, for a job that exists already. Ctrl-C ends the watching and does not touch the job. */
export function watchCommand(session: Session): Command {
  const command = new Command('watch')
    .description('show a job from its first output to its end, and exit with its code')
    .argument('<id>');
  withShared(command).option('-q, --quiet', "only the job's own output");
  return command.action(async (id: string) => {
    session.failureCode = EXIT.leewayFailed;
    const leave = () => session.world.exit(EXIT.cancelled);
    const unregister = session.world.onInterrupt(leave, leave);
    try {
      await showToEnd(id, { client: session.client(command), command, session });
    } finally {
      unregister();
    }
  });
}

function withSubmission(name: string, description: string): Command {
  const command = new Command(name).description(description).argument('[argv...]', 'program and arguments, after "--"');
  return withLimits(withCommandInput(withAnyInput(withShared(command)))).passThroughOptions();
}

interface Showing {
  client: LeewayClient;
  command: Command;
  session: Session;
}

async function showToEnd(id: string, { client, command, session }: Showing): Promise<void> {
  const { json, terminal } = session;
  const quiet = command.opts<{ quiet?: true }>().quiet === true;
  const job = await followJob(id, { client, terminal, json, quiet });
  if (json) session.line(JSON.stringify({ type: 'job', job }));
  else if (!quiet) await reportEnd(job, { client, terminal });
  session.exitCode = exitCodeOf(job);
}
