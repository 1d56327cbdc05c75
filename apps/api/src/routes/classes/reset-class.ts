import { LeewayError, resetReplySchema } from '@leeway/contract';
import { classFromName, parseRingKey, ringKeys, type RingKey } from '@leeway/estimator';
import { z } from 'zod';
import { tenantFilter } from '../../calls/principal.js';
import { nameInQuery } from '../../calls/query-values.js';
import { defineRoute } from '../../calls/route.js';

const SHOWN = 100;

export const resetClass = defineRoute({
  method: 'DELETE',
  path: '/v1/classes/{class}/history',
  name: 'resetClass',
  group: 'Estimates',
  summary: 'Delete the history of a class',
  description:
    'Deletes its observations and its counters. Its more general levels keep theirs, which include runs of this class, and the next decision uses them; to delete those too, reset each of these levels.',
  scope: 'control',
  params: { class: 'Name of the class, as a job shows it, with `/` encoded as `%2F`' },
  query: () =>
    z.strictObject({ tenant: nameInQuery().describe('Tenant of the class, with an admin key; absent: your own') }),
  replies: { 200: { description: 'What was deleted', schema: resetReplySchema } },
  errors: ['class_not_found', 'outcome_unknown'],
  async handle(call, { queue }) {
    const className = call.params['class'] ?? '';
    const tenant = tenantFilter(call.query.tenant, call.principal) ?? call.principal.tenant;
    call.writes();
    const deleted = await queue.archive.forgetClass({ tenant, className, rings: ownRingKeys(tenant, className) });
    if (deleted.rings === 0 && !deleted.counters)
      throw new LeewayError('class_not_found', `There is no history of the class "${className.slice(0, SHOWN)}".`);
    return { status: 200, json: { class: className, tenant, ...deleted } };
  },
});

/** The rings of this class alone: the rings of its more general levels hold the results of other classes, too. */
function ownRingKeys(tenant: string, className: string): RingKey[] {
  return ringKeys(tenant, classFromName(className)).filter((key) => {
    const parts = parseRingKey(key);
    if (parts === undefined || parts.tenant === null) return false;
    // Scores are kept at the level of kind and executable, in several rings below it.
    return parts.level === className || (parts.metric === 'score' && parts.level.startsWith(`${className}/~`));
  });
}
