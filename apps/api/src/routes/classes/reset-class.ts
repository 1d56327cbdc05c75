import { LeewayError, resetReplySchema } from '@leeway/contract';
import { z } from 'zod';
import { ownRingKeys } from '../history/class-rings.js';
import { tenantName } from '../../calls/query-values.js';
import { defineRoute } from '../../calls/route.js';
import { tenantFilter } from '../../calls/principal.js';

const SHOWN = 100;

export const resetClass = defineRoute({
  method: 'DELETE',
  path: '/v1/classes/{class}/history',
  name: 'resetClass',
  group: 'Estimates',
  summary: 'Forget what a class has taught',
  description:
    'Its observations and its counters. Its more general levels keep theirs, those of this class among them, and the next decision borrows from them; reset these as well where they should forget.',
  scope: 'control',
  params: { class: 'Name of the class, as a job shows it, encoded as one part of a path (`/` is `%2F`)' },
  query: () => z.strictObject({ tenant: tenantName().describe('Whose class, with an admin key; your own if absent') }),
  replies: { 200: { description: 'What was forgotten', schema: resetReplySchema } },
  errors: ['class_not_found', 'outcome_unknown'],
  async handle(call, { queue }) {
    const className = call.params['class'] ?? '';
    const tenant = tenantFilter(call.query.tenant, call.principal) ?? call.principal.tenant;
    call.writes();
    const forgotten = await queue.archive.forgetClass({ tenant, className, rings: ownRingKeys(tenant, className) });
    if (forgotten.rings === 0 && !forgotten.counters)
      throw new LeewayError('class_not_found', `Nothing is known of "${className.slice(0, SHOWN)}".`);
    return { status: 200, json: { class: className, tenant, ...forgotten } };
  },
});
