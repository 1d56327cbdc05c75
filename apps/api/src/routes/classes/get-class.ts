import { classSchema, LeewayError } from '@leeway/contract';
import { REPLY_WITHIN_MS } from '@leeway/runtime';
import { classInfos } from '@leeway/forecast';
import { z } from 'zod';
import { tenantFilter } from '../../calls/principal.js';
import { nameInQuery } from '../../calls/query-values.js';
import { defineRoute } from '../../calls/route.js';

const SHOWN = 100;

export const getClass = defineRoute({
  method: 'GET',
  path: '/v1/classes/{class}',
  name: 'getClass',
  group: 'Estimates',
  summary: 'Read what has been learned about one class',
  scope: 'read',
  params: { class: 'Name of the class, as a job shows it, with `/` encoded as `%2F`' },
  query: () =>
    z.strictObject({
      tenant: nameInQuery().describe('Tenant of the class, with an admin key; absent: the tenant that ran it last'),
    }),
  replies: { 200: { description: 'The class', schema: classSchema } },
  errors: ['class_not_found'],
  async handle(call, services) {
    const name = call.params['class'] ?? '';
    const records = await services.queue.classes(tenantFilter(call.query.tenant, call.principal));
    const found = records.find((record) => record.class === name);
    if (found === undefined)
      throw new LeewayError('class_not_found', `No job of the class "${name.slice(0, SHOWN)}" has run.`);
    const { queue, policy, clock } = services;
    const sources = { history: queue.history, policy, clock, timeoutMs: REPLY_WITHIN_MS };
    const [info] = await classInfos([found], sources);
    return { status: 200, json: info };
  },
});
