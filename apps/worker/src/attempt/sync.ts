import type { Attempt } from './attempt.js';

/** Brings BullMQ in step with the records. Where it refuses, the sweep of any worker repeats that. */
export async function syncToBullMq({ job, token, worker, sync, affectedJobs = [] }: Attempt): Promise<void> {
  const { outbox, log } = worker;
  const warn = (error: unknown) =>
    log.warn({ event: 'sync_failed', jobId: job.id, error }, 'BullMQ refused a change; the sweep repeats it');
  if (sync !== undefined) {
    const isEntry = 'revision' in sync;
    await (isEntry ? outbox.sync(job, token, sync) : outbox.apply(job, token, sync)).catch(warn);
  }
  await outbox.reconcileAll(affectedJobs).catch(warn);
}
