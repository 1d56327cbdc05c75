import { providersSchema } from '../../calls/reply-schemas.js';
import { defineRoute } from '../../calls/route.js';

export const listProviders = defineRoute({
  method: 'GET',
  path: '/v1/providers',
  name: 'listProviders',
  group: 'Fleet',
  summary: 'List the model providers: which take calls, and how long the others do not',
  description:
    'All workers share one state. While a provider is not `closed` (the word of circuit breakers for a provider that takes calls), its jobs wait and show this in `waitingFor`.',
  scope: 'read',
  replies: { 200: { description: 'The providers of the policy, in its order', schema: providersSchema } },
  async handle(_call, { queue }) {
    return { status: 200, json: { providers: await queue.providers() } };
  },
});
