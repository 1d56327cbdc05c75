import type { ControlReply } from '@leeway/contract';

/** What a control call did, as the end of a line that begins with the job's id. */
export function controlText({ done, job }: ControlReply): string {
  return `${job.id}  ${DONE[done] ?? done}`;
}

const DONE: Readonly<Record<string, string>> = {
  cancelled: 'cancelled',
  killed: 'ended by force: it did not stop when asked',
  paused: 'paused',
  resumed: 'goes on',
  retried: 'has new attempts',
  changed: 'has the new limits',
  already: 'was so before; nothing was done',
  too_late: 'had ended already; nothing was done',
  requested: 'its worker has been told and has not confirmed yet',
};
