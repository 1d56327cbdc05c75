import { Command } from 'commander';
import type { ClassInfo } from '@leeway/contract';
import { showDuration } from '../duration.js';
import { printable } from '../printable.js';
import { withShared, type Session } from '../session.js';
import { table, type Column } from '../table.js';

export function classesCommand(session: Session): Command {
  const command = new Command('classes')
    .description('show what has been learned: of every class, or of one')
    .argument('[class]');
  withShared(command);
  return command.action(async (name: string | undefined) => {
    const client = session.client(command);
    const classes = name === undefined ? await client.classes() : [await client.class(name)];
    const answer = name === undefined ? { classes } : classes[0];
    session.print(command, answer, () =>
      classes.length === 0
        ? ['nothing learned yet']
        : [
            ...table(classes, COLUMNS, session.terminal.columns),
            ...(name === undefined ? [] : classes.map(({ sentence }) => printable(sentence))),
          ],
    );
  });
}

const PERCENT = 100;

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
  return ms === null ? '-' : showDuration(ms);
}

/** Marked where a static limit stands in for the learned deadline. */
function deadline({ deadlineMs, mode, falseKillAlarm }: ClassInfo): string {
  if (falseKillAlarm) return `${duration(deadlineMs)} (alarm)`;
  return mode === 'off' || mode === 'shadow' ? `${duration(deadlineMs)} (${mode})` : duration(deadlineMs);
}

function falseKills(one: ClassInfo): string {
  return one.falseKillRate === null
    ? String(one.falseKills)
    : `${one.falseKills} (${(one.falseKillRate * PERCENT).toFixed(1)} %)`;
}
