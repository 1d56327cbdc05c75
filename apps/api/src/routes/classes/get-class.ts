import { classSchema, LeewayError } from '@leeway/contract';
import { classInfos } from '@leeway/forecast';
import { z } from 'zod';
import { defineRoute } from '../../calls/route.js';
import { tenantFilter } from '../../calls/principal.js';

const SHOWN = 100;

export const getClass = defineRoute({
  method: 'GET',
  path: '/v1/classes/{class}',
  name: 'getClass',
  group: 'Estimates',
  summary: 'What has been learned of one class',
  scope: 'read',
  params: { class: 'Name of the class, as a job shows it, encoded as one part of a path (`/` is `%2F`)' },
  query: () =>
    z.strictObject({
      tenant: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .describe('Whose class, with an admin key; if absent the one that ran last'),
    }),
  replies: { 200: { description: 'The class', schema: classSchema } },
  errors: ['class_not_found'],
  async handle(call, services) {
    const wanted = call.params['class'] ?? '';
    const records = await services.queue.classes(tenantFilter(call.query.tenant, call.principal));
    const found = records.find((record) => record.class === wanted);
    if (found === undefined)
      throw new LeewayError('class_not_found', `Nothing has run as "${wanted.slice(0, SHOWN)}".`);
    const { queue, policy, clock } = services;
    const sources = { history: queue.history, policy, clock, timeoutMs: policy.api.answerMs };
    const [info] = await classInfos([found], sources);
    return { status: 200, json: info };
  },
});
