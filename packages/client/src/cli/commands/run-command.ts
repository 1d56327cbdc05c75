import { Command } from 'commander';
import { EXIT, exitCodeOf } from '../exit-code.js';
import { followJob } from '../follow-job.js';
import { readSubmission } from '../read-submission.js';
import { withShared, type Session } from '../session.js';
import { withAnyInput, withCommandInput, withLimits } from '../submission-options.js';
import { reportEnd } from '../report-end.js';

/** Submits, shows everything, passes the exit code on; Ctrl-C cancels the job, a second one stops waiting for that. */
export function runCommand(session: Session): Command {
  const command = new Command('run')
    .description('run a job as if it ran here: its output, its exit code; Ctrl-C cancels it')
    .argument('[argv...]', 'program and arguments, after "--"');
  withLimits(withCommandInput(withAnyInput(withShared(command)))).option('-q, --quiet', "only the job's own output");
  return command.passThroughOptions().action(async (argv: string[]) => {
    // Whatever goes wrong before the job has ended is ours and not the job's.
    session.failureCode = EXIT.leewayFailed;
    const submission = await readSubmission(argv, command, session.world);
    const client = session.client(command);
    const { json } = session;
    const quiet = command.opts<{ quiet?: true }>().quiet === true;
    // The listener stands before the job exists: Ctrl-C during the submission has to cancel what it creates.
    const submitted = client.submit(submission);
    const forget = session.world.onInterrupt(
      () =>
        void submitted
          .then((job) => client.cancel(job.id, { reason: 'interrupted at the command line' }))
          .catch(() => undefined),
      () => session.world.exit(EXIT.cancelled),
    );
    try {
      const { id } = await submitted;
      const job = await followJob(id, { client, terminal: session.terminal, json, quiet });
      if (json) session.line(JSON.stringify({ type: 'job', job }));
      else if (!quiet) await reportEnd(job, { client, terminal: session.terminal });
      session.exitCode = exitCodeOf(job);
    } finally {
      forget();
    }
  });
}
