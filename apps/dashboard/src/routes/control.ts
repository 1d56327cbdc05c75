import { LeewayError, type JobId } from '@leeway/contract';
import type { JobQueue } from '@leeway/queue';
import type { Request, RequestHandler } from 'express';
import { REASON_LENGTH, type Control } from '../sections/control-forms.js';
import { jobPath } from '../sections/job-link.js';
import { requestedId } from './job.js';
import type { RouteSources } from './route-sources.js';

const SEE_OTHER = 303;

/** Does it, and leads back to the page of the job, which shows what came of it. */
export function controlRoute({ queue }: Pick<RouteSources, 'queue'>, control: Control): RequestHandler {
  return async (request, response) => {
    const id = requestedId(request);
    const done = await ACTIONS[control](queue, id, request);
    if (done === 'unknown') throw new LeewayError('job_not_found', `There is no job ${id}.`);
    if (done === 'not_possible') throw new LeewayError('conflict', REFUSALS[control]);
    response.redirect(SEE_OTHER, jobPath(id));
  };
}

/** Tries several jobs again, and leads to the list of what waits now. */
export function retryManyRoute({ queue }: Pick<RouteSources, 'queue'>): RequestHandler {
  return async (request, response) => {
    const { id } = (request.body ?? {}) as { id?: unknown };
    const ids = [id].flat().filter((each): each is JobId => typeof each === 'string' && each !== '');
    const jobs = await Promise.all(ids.map((each) => queue.get(each)));
    const own = jobs.filter((job) => job !== undefined && job.workflow === null);
    await Promise.all(own.map((job) => queue.retry(job?.id as JobId)));
    response.redirect(SEE_OTHER, '/jobs?state=queued');
  };
}

const ACTIONS: Record<Control, (queue: JobQueue, id: JobId, request: Request) => Promise<string>> = {
  cancel: (queue, id, request) => queue.cancel(id, reasonIn(request)),
  pause: (queue, id) => queue.pause(id),
  resume: (queue, id) => queue.resume(id),
  retry: (queue, id) => queue.retry(id),
};

const REFUSALS: Record<Control, string> = {
  cancel: 'This job cannot be cancelled now.',
  pause: 'A job of this kind cannot be paused while it runs; only commands can.',
  resume: 'This job cannot go on now.',
  retry: 'Only a job that failed or was cancelled can be tried again.',
};

function reasonIn(request: Request): string {
  const { reason } = (request.body ?? {}) as { reason?: unknown };
  const given = typeof reason === 'string' ? reason.trim().slice(0, REASON_LENGTH) : '';
  return given === '' ? 'cancelled on the dashboard' : given;
}
