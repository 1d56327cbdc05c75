import { classInfos } from '@leeway/forecast';
import { z } from 'zod';
import { wholeNumber } from '../../calls/query-values.js';
import { classesSchema } from '../../calls/reply-schemas.js';
import { defineRoute } from '../../calls/route.js';
import { tenantFilter } from '../../calls/principal.js';

const DEFAULT_LIMIT = 100;

export const listClasses = defineRoute({
  method: 'GET',
  path: '/v1/classes',
  name: 'listClasses',
  group: 'Estimates',
  summary: 'What has been learned, class by class',
  description: 'The classes that ran last come first.',
  scope: 'read',
  query: (policy) =>
    z.strictObject({
      tenant: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .describe('Only classes of this tenant; others than your own need an admin key'),
      limit: wholeNumber(1, policy.api.maxListed)
        .optional()
        .describe(
          `Classes at most, 1 to ${policy.api.maxListed}; ${Math.min(DEFAULT_LIMIT, policy.api.maxListed)} if absent`,
        ),
    }),
  replies: { 200: { description: 'The classes', schema: classesSchema } },
  async handle(call, services) {
    const { queue, policy, clock } = services;
    const { tenant, limit = Math.min(DEFAULT_LIMIT, policy.api.maxListed) } = call.query;
    const records = await queue.classes(tenantFilter(tenant, call.principal));
    const sources = { history: queue.history, policy, clock, timeoutMs: policy.api.answerMs };
    return { status: 200, json: { classes: await classInfos(records.slice(0, limit), sources) } };
  },
});
