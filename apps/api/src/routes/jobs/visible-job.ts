import { isJobId, LeewayError, type Job, type JobId } from '@leeway/contract';
import type { ApiPrincipal } from '../../calls/principal.js';
import type { Services } from '../../calls/services.js';
import { withExpectedFinish } from './with-expected-finish.js';

/** The id of a job in a path. Throws LeewayError `job_not_found` for a text that cannot be an id. */
export function jobIdOf(text: string | undefined): JobId {
  if (text === undefined || !isJobId(text)) throw notFound(text ?? '');
  return text;
}

/** Reads a job. Throws LeewayError `job_not_found`, also for jobs of other tenants: not even their existence is shown. */
export async function readVisibleJob(id: JobId, principal: ApiPrincipal, services: Services): Promise<Job> {
  return withExpectedFinish(requireVisible(await services.queue.get(id), id, principal), services.clock.wallMs());
}

/** The job, if the principal may see it. Throws LeewayError `job_not_found`. */
export function requireVisible(job: Job | undefined, id: string, principal: ApiPrincipal): Job {
  if (job === undefined || (!principal.everyTenant && job.tenant !== principal.tenant)) throw notFound(id);
  return job;
}

const SHOWN = 80;

function notFound(id: string): LeewayError {
  return new LeewayError('job_not_found', `There is no job "${id.slice(0, SHOWN)}".`);
}
