import { LeewayError } from '@leeway/contract';
import { z } from 'zod';
import { jobIdOf, readVisibleJob } from './visible-job.js';
import { defineRoute } from '../../calls/route.js';

const EVENT_ID = /^\d{1,16}(-\d{1,16})?$/;

export const jobEvents = defineRoute({
  method: 'GET',
  path: '/v1/jobs/{id}/events',
  name: 'jobEvents',
  group: 'Jobs',
  summary: 'Follow a job: server-sent events, the stored ones first',
  description:
    'Each event has an id, a type and one line of JSON. After a lost connection go on with `Last-Event-ID`; nothing is missed or sent twice while events are kept (a day by default). Ends after `finished`.',
  scope: 'read',
  params: { id: 'Id of the job' },
  query: () =>
    z.strictObject({
      after: z
        .string()
        .regex(EVENT_ID, 'expected the id of an event')
        .optional()
        .describe('The same as `Last-Event-ID`, for clients that cannot set it'),
    }),
  headers: { 'Last-Event-ID': 'Id of the last event that was seen; the stream goes on after it' },
  replies: { 200: { description: 'A stream of events; the JSON of each is an `Event`', type: 'text/event-stream' } },
  errors: ['job_not_found', 'rate_limited'],
  async handle(call, services) {
    const id = jobIdOf(call.params['id']);
    const afterId = call.header('last-event-id') ?? call.query.after;
    if (afterId !== undefined && !EVENT_ID.test(afterId)) {
      throw new LeewayError('invalid_request', 'Last-Event-ID: expected the id of an event of this job.');
    }
    await readVisibleJob(id, call.principal, services);
    call.keepOpen(0);
    const { signal } = call;
    const events = services.queue.events(id, { signal, ...(afterId === undefined ? {} : { afterId }) });
    return { status: 200, events };
  },
});
