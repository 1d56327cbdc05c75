import { policySchema, type Policy } from '@leeway/contract';
import { defineRoute } from '../../calls/route.js';

export const getConfig = defineRoute({
  method: 'GET',
  path: '/v1/config',
  name: 'getConfig',
  group: 'Server',
  summary: 'Read the effective policy, with every default filled in',
  description:
    'Has no secrets: the policy only names the variables that hold them, and addresses are shown without user and password. `GET /v1/tiers` shows the limits that follow from it.',
  scope: 'read',
  replies: { 200: { description: 'The effective policy', schema: policySchema } },
  handle: (_call, { policy }) => Promise.resolve({ status: 200, json: withoutCredentials(policy) }),
});

function withoutCredentials(policy: Policy): Policy {
  const providers = Object.entries(policy.providers).map(([name, provider]) => {
    const url = new URL(provider.baseUrl);
    if (url.username === '' && url.password === '') return [name, provider] as const;
    url.username = '';
    url.password = '';
    return [name, { ...provider, baseUrl: url.href }] as const;
  });
  return { ...policy, providers: Object.fromEntries(providers) };
}
