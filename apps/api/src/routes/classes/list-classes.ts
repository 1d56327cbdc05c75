import { classInfos } from '@leeway/forecast';
import { REPLY_WITHIN_MS } from '@leeway/runtime';
import { MAX_LISTED } from '../../calls/bounds.js';
import { z } from 'zod';
import { tenantFilter } from '../../calls/principal.js';
import { nameInQuery, pageSize } from '../../calls/query-values.js';
import { classesSchema } from '../../calls/reply-schemas.js';
import { defineRoute } from '../../calls/route.js';

const DEFAULT_LIMIT = 100;

export const listClasses = defineRoute({
  method: 'GET',
  path: '/v1/classes',
  name: 'listClasses',
  group: 'Estimates',
  summary: 'List the classes and what has been learned about them',
  description: 'Ordered by their latest run, newest first.',
  scope: 'read',
  query: () =>
    z.strictObject({
      tenant: nameInQuery().describe(
        'Only classes of this tenant; other tenants than that of the key need an admin key',
      ),
      limit: pageSize(DEFAULT_LIMIT, MAX_LISTED, 'Classes'),
    }),
  replies: { 200: { description: 'The classes', schema: classesSchema } },
  async handle(call, services) {
    const { queue, policy, clock } = services;
    const { tenant, limit } = call.query;
    const records = await queue.classes(tenantFilter(tenant, call.principal));
    const sources = { history: queue.history, policy, clock, timeoutMs: REPLY_WITHIN_MS };
    return { status: 200, json: { classes: await classInfos(records.slice(0, limit), sources) } };
  },
});
