import { Command } from 'commander';
import { readSubmission } from '../read-submission.js';
import { withShared, type Session } from '../session.js';
import { withAnyInput, withCommandInput, withLimits } from '../submission-options.js';

export function submitCommand(session: Session): Command {
  const command = new Command('submit')
    .description('submit a job and print its id')
    .argument('[argv...]', 'program and arguments, after "--"');
  withLimits(withCommandInput(withAnyInput(withShared(command)))).option(
    '--idempotency-key <key>',
    'same key and same job: submitted once, however often this is called',
  );
  return command.passThroughOptions().action(async (argv: string[]) => {
    const submission = await readSubmission(argv, command, session.world);
    const { idempotencyKey } = command.opts<{ idempotencyKey?: string }>();
    const job = await session.client(command).submit(submission, { idempotencyKey });
    session.print(command, job, () => [job.id]);
  });
}
