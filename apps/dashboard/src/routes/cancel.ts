import { LeewayError } from '@leeway/contract';
import type { RequestHandler } from 'express';
import { jobPath } from '../sections/job-link.js';
import { REASON_LENGTH } from '../sections/cancel-form.js';
import { requestedId } from './job.js';
import type { RouteSources } from './route-sources.js';

const SEE_OTHER = 303;

/** Cancels a job and leads back to its page, which shows what came of it. */
export function cancelRoute({ queue }: RouteSources): RequestHandler {
  return async (request, response) => {
    const id = requestedId(request);
    const { reason } = (request.body ?? {}) as { reason?: unknown };
    const given = typeof reason === 'string' ? reason.trim().slice(0, REASON_LENGTH) : '';
    const done = await queue.cancel(id, given === '' ? 'cancelled on the dashboard' : given);
    if (done === 'unknown') throw new LeewayError('job_not_found', `There is no job ${id}.`);
    response.redirect(SEE_OTHER, jobPath(id));
  };
}
