import { limitsFor, type Policy } from '@leeway/contract';
import type { z } from 'zod';
import { tiersSchema } from '../../calls/reply-schemas.js';
import { defineRoute } from '../../calls/route.js';

type Tiers = z.input<typeof tiersSchema>;

export const listTiers = defineRoute({
  method: 'GET',
  path: '/v1/tiers',
  name: 'listTiers',
  group: 'Server',
  summary: 'List the tiers with their limits',
  description:
    'One limit for each layer, computed from the policy: from its tiers, the environment, and the retries of the model providers (of the one that retries most). The tier of a request comes from its key, never from its body; `stream` of a submission selects the column.',
  scope: 'read',
  replies: { 200: { description: 'The tiers', schema: tiersSchema } },
  handle: ({ principal }, { policy }) => Promise.resolve({ status: 200, json: tiersIn(policy, principal.tier) }),
});

function tiersIn(policy: Policy, yours: string): Tiers {
  return {
    environment: policy.environment,
    yours,
    tiers: Object.keys(policy.tiers).map((name) => {
      const plain = limitsFor({ policy, tier: name, stream: false });
      const streaming = limitsFor({ policy, tier: name, stream: true });
      const { clientWaitMs, phaseMs, maxPriority, allowsNoTimeout } = plain;
      return {
        ...{ name, clientWaitMs, phaseMs, maxPriority, allowsNoTimeout },
        ...{ plain: layers(plain), streaming: layers(streaming) },
      };
    }),
  };
}

function layers(limits: ReturnType<typeof limitsFor>): Tiers['tiers'][number]['plain'] {
  const { callMs, retries, backoffMs, stepMs, attemptMs, overallMs } = limits;
  return { callMs, retries, backoffMs, stepMs, attemptMs, overallMs };
}
