import { LeewayError } from '@leeway/contract';
import { resumedProviderSchema } from '../../calls/reply-schemas.js';
import { defineRoute } from '../../calls/route.js';

const SHOWN = 100;

export const resumeProvider = defineRoute({
  method: 'POST',
  path: '/v1/providers/{name}/resume',
  name: 'resumeProvider',
  group: 'Fleet',
  summary: 'Let the jobs of a provider go on at once',
  description:
    'Ends a park, a hold or an open circuit before its time, e.g. when the bill has been paid. If the provider still says no, it is left alone again.',
  scope: 'admin',
  params: { name: 'Name of the provider in the policy' },
  replies: { 200: { description: 'What was done, and how it stands now', schema: resumedProviderSchema } },
  errors: ['provider_not_found', 'outcome_unknown'],
  async handle(call, { queue, policy }) {
    const name = call.params['name'] ?? '';
    if (!Object.hasOwn(policy.providers, name)) {
      const known = Object.keys(policy.providers).join(', ') || 'none';
      throw new LeewayError(
        'provider_not_found',
        `No provider "${name.slice(0, SHOWN)}" in the policy. Known: ${known}.`,
      );
    }
    call.writes();
    const done = await queue.resumeProvider(name);
    const provider = (await queue.providers()).find((each) => each.name === name);
    return { status: 200, json: { done, provider } };
  },
});
