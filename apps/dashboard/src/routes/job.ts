import { isFinal, isJobId, LeewayError, type JobId } from '@leeway/contract';
import type { Request, RequestHandler } from 'express';
import { boardJobPath } from '../board/board-path.js';
import { readJobDetail, type JobDetail } from '../data/job-detail.js';
import { jobPage, jobParts } from '../pages/job-page.js';
import type { RouteSources } from './route-sources.js';
import { sendPage, sendParts } from './send.js';

export const JOB_POLL_PATH = '/data/jobs';

/** The page of one job. */
export function jobRoute(sources: RouteSources): RequestHandler {
  return async (request, response) => {
    const detail = await requestedJob(request, sources);
    const links = {
      pollPath: `${JOB_POLL_PATH}/${detail.job.id}`,
      boardPath: detail.job.steps === null ? boardJobPath(detail.job, sources.policy) : null,
    };
    sendPage(response, jobPage(detail, links));
  };
}

export function jobDataRoute(sources: RouteSources): RequestHandler {
  return async (request, response) => {
    const detail = await requestedJob(request, sources);
    sendParts(response, { parts: jobParts(detail), complete: isFinal(detail.job.state) });
  };
}

async function requestedJob(request: Request, { queue, clock }: RouteSources): Promise<JobDetail> {
  const id = requestedId(request);
  const detail = await readJobDetail(queue, id, clock.wallMs);
  if (detail === undefined) throw new LeewayError('job_not_found', `There is no job ${id}.`);
  return detail;
}

/** Throws `job_not_found` for what cannot be an id. */
export function requestedId(request: Request): JobId {
  const id = String(request.params['id']);
  if (!isJobId(id)) throw new LeewayError('job_not_found', 'This is not the id of a job.');
  return id;
}
