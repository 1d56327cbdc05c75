import { Command } from 'commander';
import { EXIT, exitCodeOf } from '../exit-code.js';
import { followJob } from '../follow-job.js';
import { reportEnd } from '../report-end.js';
import { withShared, type Session } from '../session.js';

/** Like `run` for a job that exists already; Ctrl-C stops watching and leaves the job alone. */
export function watchCommand(session: Session): Command {
  const command = new Command('watch')
    .description('show a job from its first output to its end, and exit with its code')
    .argument('<id>');
  withShared(command).option('-q, --quiet', "only the job's own output");
  return command.action(async (id: string) => {
    session.failureCode = EXIT.leewayFailed;
    const client = session.client(command);
    const { json } = session;
    const quiet = command.opts<{ quiet?: true }>().quiet === true;
    const forget = session.world.onInterrupt(
      () => session.world.exit(EXIT.cancelled),
      () => session.world.exit(EXIT.cancelled),
    );
    try {
      const job = await followJob(id, { client, terminal: session.terminal, json, quiet });
      if (json) session.line(JSON.stringify({ type: 'job', job }));
      else if (!quiet) await reportEnd(job, { client, terminal: session.terminal });
      session.exitCode = exitCodeOf(job);
    } finally {
      forget();
    }
  });
}
