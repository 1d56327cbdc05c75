import { fileURLToPath } from 'node:url';
import type { Manner, PlannedJob } from './workload-plan.js';

export const TASK = fileURLToPath(new URL('task.sh', import.meta.url));

/** How the work is named where it runs: an argument of task.sh, or a kind of handlers.mjs. */
const WORK: Record<Manner, { argument: string } | { kind: string }> = {
  work: { argument: 'work' },
  fail: { argument: 'fail' },
  print: { argument: 'print' },
  family: { argument: 'family' },
  hang: { argument: 'hang' },
  deaf_command: { argument: 'deaf' },
  obedient: { kind: 'obedient' },
  never_settles: { kind: 'never-settles' },
  deaf_handler: { kind: 'deaf' },
  blocking: { kind: 'blocking' },
  isolated: { kind: 'isolated' },
  isolated_blocking: { kind: 'isolated-blocking' },
};

/** The body that is submitted; the work writes what it does into the folder `facts`. `task`: a copy of task.sh. */
export function submissionOf({ key, manner, forMs, options }: PlannedJob, facts: string, task = TASK): object {
  const work = WORK[manner];
  const how =
    'kind' in work
      ? { kind: work.kind, input: { facts, forMs } }
      : { kind: 'command', input: { argv: ['sh', task, facts, work.argument, String(forMs)] } };
  return { ...how, ...options, metadata: { key } };
}

/** Whether it runs in a process of its own, which can be ended whatever it does. */
export function hasOwnProcess(manner: Manner): boolean {
  return 'argument' in WORK[manner] || manner === 'isolated' || manner === 'isolated_blocking';
}
