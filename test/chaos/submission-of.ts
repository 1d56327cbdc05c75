import { fileURLToPath } from 'node:url';
import type { Behaviour, PlannedJob } from './workload-plan.js';

export const TASK = fileURLToPath(new URL('task.sh', import.meta.url));

/** What runs for each behaviour: task.sh with an argument, or a kind of handlers.mjs. */
const WORK: Record<Behaviour, { argument: string } | { kind: string }> = {
  work: { argument: 'work' },
  fail: { argument: 'fail' },
  print: { argument: 'print' },
  leaves_children: { argument: 'leave-children' },
  hang: { argument: 'hang' },
  ignores_sigterm: { argument: 'ignore-sigterm' },
  abortable: { kind: 'abortable' },
  never_settles: { kind: 'never-settles' },
  ignores_abort: { kind: 'ignores-abort' },
  blocking: { kind: 'blocking' },
  isolated: { kind: 'isolated' },
  isolated_blocking: { kind: 'isolated-blocking' },
};

/** The body of a submission. `journals`: the folder where its runs record what they do. `task`: a copy of task.sh. */
export function submissionOf({ key, behaviour, forMs, options }: PlannedJob, journals: string, task = TASK): object {
  const work = WORK[behaviour];
  const how =
    'kind' in work
      ? { kind: work.kind, input: { journals, forMs } }
      : { kind: 'command', input: { argv: ['sh', task, journals, work.argument, String(forMs)] } };
  return { ...how, ...options, metadata: { key } };
}

/** Whether it runs in a process of its own, which can be killed whatever it does. */
export function hasOwnProcess(behaviour: Behaviour): boolean {
  return 'argument' in WORK[behaviour] || behaviour === 'isolated' || behaviour === 'isolated_blocking';
}
