import type { Job } from '@leeway/contract';
import type { Check, JobHistory, Violation } from '../history.js';

/** Only the result of the last attempt is accepted, and late writes of earlier attempts change nothing (G2). */
export const oneResult: Check = ({ jobs }) =>
  jobs.flatMap((history) => (history.job === null ? [] : [...resultOf(history.job), ...lateWrites(history)]));

function resultOf(job: Job): Violation[] {
  const found: Violation[] = [];
  const last = job.attempts.at(-1);
  const early = job.attempts.slice(0, -1).find(({ outcome }) => outcome === 'succeeded');
  if (early !== undefined) found.push(broken(job, `attempt ${early.number} succeeded and was not the last`));
  if ((job.state === 'succeeded') !== (last?.outcome === 'succeeded'))
    found.push(broken(job, `is ${job.state}, and its last attempt ${last?.outcome ?? 'was never made'}`));
  const signature = signatureOf(job.result);
  if (job.state === 'succeeded' && signature !== `${job.id}.${last?.number}`)
    found.push(broken(job, `has the result of ${signature ?? 'nobody'} and not of its last attempt ${last?.number}`));
  return found;
}

/** Every run signs its result with its attempt. */
function signatureOf(result: unknown): string | undefined {
  const text = typeof result === 'string' ? result : (result as { stdout?: string } | null)?.stdout;
  return text === undefined ? undefined : /done by (\S+)/.exec(text)?.[1];
}

const CLOSING = ['lost', 'released', 'deferred', 'attempt_ended'];
const AFTER_CLOSING = ['retrying', 'finished'];

function lateWrites({ job, events }: JobHistory): Violation[] {
  const closed = new Set<number>();
  const found: Violation[] = [];
  for (const { type, attempt, at } of events) {
    if (closed.has(attempt) && !AFTER_CLOSING.includes(type))
      found.push({ ...broken(job as Job, `attempt ${attempt} had ended and still wrote "${type}"`), at });
    if (CLOSING.includes(type)) closed.add(attempt);
  }
  return found;
}

function broken(job: Job, what: string): Violation {
  return { check: 'only the last attempt has a result', job: job.id, what };
}
