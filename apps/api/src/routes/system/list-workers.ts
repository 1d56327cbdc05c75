import { workersSchema } from '../../calls/reply-schemas.js';
import { defineRoute } from '../../calls/route.js';

export const listWorkers = defineRoute({
  method: 'GET',
  path: '/v1/workers',
  name: 'listWorkers',
  group: 'Fleet',
  summary: 'Who is there to run jobs',
  scope: 'read',
  replies: { 200: { description: 'The workers, with those that were lost lately', schema: workersSchema } },
  async handle(_call, { queue }) {
    return { status: 200, json: { workers: await queue.workers() } };
  },
});
