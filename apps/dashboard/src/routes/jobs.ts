import { JOB_STATES, type JobState } from '@leeway/contract';
import type { RequestHandler } from 'express';
import { jobsPage, type JobsFilter } from '../pages/jobs-page.js';
import type { RouteSources } from './route-sources.js';
import { sendPage } from './send.js';

const PAGE_SIZE = 50;

/** The list of jobs, newest first. Invalid filters are ignored. */
export function jobsRoute({ queue, clock }: RouteSources): RequestHandler {
  return async (request, response) => {
    const filter = readFilter(request.query);
    const list = await queue.list({ tenant: null, limit: PAGE_SIZE, ...filter });
    sendPage(response, jobsPage(list, filter, clock.wallMs()));
  };
}

function readFilter(query: Record<string, unknown>): JobsFilter {
  const text = (name: string) => (typeof query[name] === 'string' && query[name] !== '' ? query[name] : undefined);
  const [state, kind, label, cursor] = [text('state'), text('kind'), text('label'), text('cursor')];
  return {
    ...(isState(state) && { state }),
    ...(kind !== undefined && { kind }),
    ...(label !== undefined && { label }),
    ...(cursor !== undefined && { cursor }),
  };
}

function isState(text: string | undefined): text is JobState {
  return (JOB_STATES as readonly (string | undefined)[]).includes(text);
}
