import { LeewayError } from '@leeway/contract';
import { resumedProviderSchema } from '../../calls/reply-schemas.js';
import { defineRoute } from '../../calls/route.js';

const SHOWN = 100;

export const resumeProvider = defineRoute({
  method: 'POST',
  path: '/v1/providers/{name}/resume',
  name: 'resumeProvider',
  group: 'Fleet',
  summary: 'Resume the jobs of a provider at once',
  description:
    'Closes the circuit of a provider before its time, e.g. when its bill has been paid. If the provider still refuses calls, its jobs wait again.',
  scope: 'admin',
  params: { name: 'Name of the provider in the policy' },
  replies: { 200: { description: 'What was done, and the state of the provider now', schema: resumedProviderSchema } },
  errors: ['provider_not_found', 'outcome_unknown'],
  async handle(call, { queue, policy }) {
    const name = call.params['name'] ?? '';
    if (!Object.hasOwn(policy.providers, name)) {
      const known = Object.keys(policy.providers).join(', ') || 'none';
      const message = `No provider "${name.slice(0, SHOWN)}" in the policy. Known: ${known}.`;
      throw new LeewayError('provider_not_found', message);
    }
    call.writes();
    const done = await queue.resumeProvider(name);
    const provider = (await queue.providers()).find((each) => each.name === name);
    return { status: 200, json: { done, provider } };
  },
});
