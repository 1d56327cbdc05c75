import { allowedText, durationText, percentText, type ClassInfo } from '@leeway/contract';
import { Command } from 'commander';
import type { Estimate } from '../../replies.js';
import { printable } from '../printable.js';
import { readSubmission } from '../read-submission.js';
import { withShared, type Session } from '../session.js';
import { withAnyInput, withCommandInput, withLimits } from '../submission-options.js';
import { table, type Column } from '../table.js';

export function estimateCommand(session: Session): Command {
  const command = new Command('estimate')
    .description('show the deadline that a job would get, without submitting it')
    .argument('[argv...]', 'program and arguments, after "--"');
  withLimits(withCommandInput(withAnyInput(withShared(command))));
  return command.passThroughOptions().action(async (argv: string[]) => {
    const submission = await readSubmission(argv, command, session.world);
    const estimate = await session.client(command).estimate(submission);
    session.print(command, estimate, () => estimateText(estimate));
  });
}

function estimateText({ decision, class: name, steps = [] }: Estimate): string[] {
  const { sentence, expectedMs, lateMs } = decision;
  return [
    printable(sentence),
    `class      ${printable(name)}`,
    `deadline   ${allowedText(decision)}`,
    `expected   ${expectedMs === null ? 'nothing learned yet' : durationText(expectedMs)}`,
    ...(lateMs === null ? [] : [`late       after ${durationText(lateMs)}`]),
    ...steps.map(
      (step) =>
        `step       ${printable(step.name)}, ${percentText(step.share)} of the time. ${printable(step.decision.sentence)}`,
    ),
  ];
}

export function classesCommand(session: Session): Command {
  const command = new Command('classes')
    .description('show what has been learned: about every class, or about one')
    .argument('[class]');
  withShared(command);
  return command.action(async (name: string | undefined) => {
    const client = session.client(command);
    if (name !== undefined) {
      const one = await client.class(name);
      const text = () => [...table([one], COLUMNS, session.terminal.columns), printable(one.sentence)];
      return session.print(command, one, text);
    }
    const classes = await client.classes();
    session.print(command, { classes }, () =>
      classes.length === 0 ? ['nothing learned yet'] : table(classes, COLUMNS, session.terminal.columns),
    );
  });
}

const COLUMNS: readonly Column<ClassInfo>[] = [
  { title: 'CLASS', cell: (one) => one.class, elastic: true },
  { title: 'RUNS', cell: (one) => String(one.samples), align: 'right' },
  { title: 'USUAL', cell: (one) => duration(one.p50Ms), align: 'right' },
  { title: 'P95', cell: (one) => duration(one.p95Ms), align: 'right' },
  { title: 'DEADLINE', cell: deadline, align: 'right' },
  { title: 'OK', cell: (one) => String(one.succeeded), align: 'right' },
  { title: 'FAILED', cell: (one) => String(one.failed), align: 'right' },
  { title: 'KILLED', cell: (one) => String(one.killed), align: 'right' },
  { title: 'FALSE', cell: falseKills, align: 'right' },
];

function duration(ms: number | null): string {
  return ms === null ? '-' : durationText(ms);
}

/** Marked where a static limit replaces the learned deadline. */
function deadline({ deadlineMs, mode, falseKillAlarm }: ClassInfo): string {
  if (falseKillAlarm) return `${duration(deadlineMs)} (alarm)`;
  return mode === 'off' || mode === 'shadow' ? `${duration(deadlineMs)} (${mode})` : duration(deadlineMs);
}

function falseKills({ falseKills: count, falseKillRate }: ClassInfo): string {
  return falseKillRate === null ? String(count) : `${count} (${percentText(falseKillRate)})`;
}
