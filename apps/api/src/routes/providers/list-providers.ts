import { providersSchema } from '../../calls/reply-schemas.js';
import { defineRoute } from '../../calls/route.js';

export const listProviders = defineRoute({
  method: 'GET',
  path: '/v1/providers',
  name: 'listProviders',
  group: 'Fleet',
  summary: 'How the model providers stand: which take calls, and until when others do not',
  description:
    'One state for all workers. While a provider is not `closed`, the jobs of its queue wait, and say so in `waitingFor`.',
  scope: 'read',
  replies: { 200: { description: 'The providers of the policy, in its order', schema: providersSchema } },
  async handle(_call, { queue }) {
    return { status: 200, json: { providers: await queue.providers() } };
  },
});
