import { workersSchema } from '../../calls/reply-schemas.js';
import { defineRoute } from '../../calls/route.js';

export const listWorkers = defineRoute({
  method: 'GET',
  path: '/v1/workers',
  name: 'listWorkers',
  group: 'Fleet',
  summary: 'List the workers',
  scope: 'read',
  replies: { 200: { description: 'The workers, including those that were lost recently', schema: workersSchema } },
  async handle(_call, { queue }) {
    return { status: 200, json: { workers: await queue.workers() } };
  },
});
