import { invalidRequest } from '@leeway/contract';
import { z } from 'zod';
import { defineRoute } from '../../calls/route.js';
import { jobIdOf, readVisibleJob } from './visible-job.js';

const EVENT_ID = /^\d{1,16}$/;
const NOT_AN_ID = 'expected the id of an event';

export const jobEvents = defineRoute({
  method: 'GET',
  path: '/v1/jobs/{id}/events',
  name: 'jobEvents',
  group: 'Jobs',
  summary: 'Follow a job with server-sent events, beginning with the stored ones',
  description:
    'Each event has an id, a type and one line of JSON. After a lost connection, continue with `Last-Event-ID`: no event is missed or sent twice while events are kept (a day by default). The stream ends after `finished`.',
  scope: 'read',
  params: { id: 'Id of the job' },
  query: () =>
    z.strictObject({
      after: z
        .string()
        .regex(EVENT_ID, NOT_AN_ID)
        .optional()
        .describe('The same as `Last-Event-ID`, for clients that cannot set headers'),
    }),
  headers: { 'Last-Event-ID': 'Id of the last received event; the stream continues after it' },
  replies: { 200: { description: 'A stream of events; the JSON of each is an `Event`', type: 'text/event-stream' } },
  errors: ['job_not_found', 'rate_limited'],
  async handle(call, services) {
    const id = jobIdOf(call.params['id']);
    const afterId = call.header('last-event-id') ?? call.query.after;
    if (afterId !== undefined && !EVENT_ID.test(afterId))
      throw invalidRequest([{ path: '/Last-Event-ID', message: NOT_AN_ID }], 'header ');
    await readVisibleJob(id, call.principal, services);
    call.keepOpen(0);
    const { signal } = call;
    const events = services.queue.events(id, { signal, ...(afterId === undefined ? {} : { afterId }) });
    return { status: 200, events };
  },
});
