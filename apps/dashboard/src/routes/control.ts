import { controlRefusal, controlsOf, LeewayError, RUNNING_NOT_PAUSABLE, type JobId } from '@leeway/contract';
import type { JobQueue } from '@leeway/queue';
import type { Request, RequestHandler } from 'express';
import { REASON_LENGTH, type PageControl } from '../sections/control-forms.js';
import { jobPath } from '../sections/job-link.js';
import { requestedId } from './job.js';
import type { RouteSources } from './route-sources.js';

const SEE_OTHER = 303;

/** Applies the control and redirects to the page of the job, which shows the result. */
export function controlRoute(sources: RouteSources, control: PageControl): RequestHandler {
  const { queue, clock } = sources;
  return async (request, response) => {
    const id = requestedId(request);
    const done = await ACTIONS[control](queue, id, request);
    const job = done === 'not_possible' || done === 'too_late' ? await queue.get(id) : undefined;
    if (job !== undefined)
      throw new LeewayError('conflict', controlRefusal(control, job, clock.wallMs()) ?? RUNNING_NOT_PAUSABLE);
    if (done === 'unknown') throw new LeewayError('job_not_found', `There is no job ${id}.`);
    response.redirect(SEE_OTHER, jobPath(id));
  };
}

/** Gives several jobs new attempts and redirects to the list of waiting jobs. Jobs without that control are skipped. */
export function retryManyRoute({ queue, clock }: RouteSources): RequestHandler {
  return async (request, response) => {
    const { id } = (request.body ?? {}) as { id?: unknown };
    const ids = [id].flat().filter((each): each is JobId => typeof each === 'string' && each !== '');
    const jobs = await Promise.all(ids.map((each) => queue.get(each)));
    const nowMs = clock.wallMs();
    const retriable = jobs.filter((job) => job !== undefined && controlsOf(job, nowMs).includes('retry'));
    await Promise.all(retriable.map((job) => queue.controls.retry(job?.id as JobId)));
    response.redirect(SEE_OTHER, '/jobs?state=queued');
  };
}

const ACTIONS: Record<PageControl, (queue: JobQueue, id: JobId, request: Request) => Promise<string>> = {
  cancel: (queue, id, request) => queue.controls.cancel(id, reasonIn(request)),
  pause: (queue, id) => queue.controls.pause(id),
  resume: (queue, id) => queue.controls.resume(id),
  retry: (queue, id) => queue.controls.retry(id),
};

function reasonIn(request: Request): string {
  const { reason } = (request.body ?? {}) as { reason?: unknown };
  const given = typeof reason === 'string' ? reason.trim().slice(0, REASON_LENGTH) : '';
  return given === '' ? 'cancelled on the dashboard' : given;
}

/** Resumes the jobs of a provider and redirects to the first page. */
export function resumeProviderRoute({ queue, policy }: Pick<RouteSources, 'queue' | 'policy'>): RequestHandler {
  return async (request, response) => {
    const name = String(request.params['name']);
    if (!Object.hasOwn(policy.providers, name))
      throw new LeewayError('provider_not_found', `There is no provider "${name}" in the policy.`);
    await queue.resumeProvider(name);
    response.redirect(SEE_OTHER, '/');
  };
}
