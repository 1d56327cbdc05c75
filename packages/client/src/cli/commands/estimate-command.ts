import { Command } from 'commander';
import { allowedText } from '../allowed-text.js';
import { showDuration } from '../duration.js';
import type { Estimate } from '../../replies.js';
import { printable } from '../printable.js';
import { readSubmission } from '../read-submission.js';
import { withShared, type Session } from '../session.js';
import { withAnyInput, withCommandInput, withLimits } from '../submission-options.js';

export function estimateCommand(session: Session): Command {
  const command = new Command('estimate')
    .description('say what the deadline of a job would be, without submitting it')
    .argument('[argv...]', 'program and arguments, after "--"');
  withLimits(withCommandInput(withAnyInput(withShared(command))));
  return command.passThroughOptions().action(async (argv: string[]) => {
    const submission = await readSubmission(argv, command, session.world);
    const estimate = await session.client(command).estimate(submission);
    const { decision } = estimate;
    session.print(command, estimate, () => [
      printable(decision.sentence),
      `class      ${printable(estimate.class)}`,
      `deadline   ${allowedText(decision)}`,
      `expected   ${decision.expectedMs === null ? 'nothing learned yet' : showDuration(decision.expectedMs)}`,
      ...(decision.lateMs === null ? [] : [`late       after ${showDuration(decision.lateMs)}`]),
      ...(estimate.steps ?? []).map(stepLine),
    ]);
  });
}

const PERCENT = 100;

function stepLine({ name, share, decision }: NonNullable<Estimate['steps']>[number]): string {
  return `step       ${printable(name)}, ${Math.round(PERCENT * share)} % of the time. ${printable(decision.sentence)}`;
}
