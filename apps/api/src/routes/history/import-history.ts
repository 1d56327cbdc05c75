import { HISTORY_FILE, importReplySchema, SECOND_MS } from '@leeway/contract';
import { z } from 'zod';
import { nameInQuery } from '../../calls/query-values.js';
import { defineRoute, type TextBody } from '../../calls/route.js';
import { NDJSON } from './export-history.js';
import { fileItems } from './file-items.js';
import { readHistory } from './import-file.js';

const fileSchema = z.custom<TextBody>((body) => body !== undefined, 'expected a file of observations');

export const importHistory = defineRoute({
  method: 'POST',
  path: '/v1/history/import',
  name: 'importHistory',
  group: 'Estimates',
  summary: 'Import observations from a file',
  description: `Takes the format of the export: lines of JSON (\`${NDJSON}\`), or the same values as one JSON array. Every line is checked before anything is stored. Imported observations count as older than all that were measured here, and fill the room that is left; an observation that is already stored is not added again.`,
  scope: 'admin',
  query: () => z.strictObject({ tenant: nameInQuery().describe('Tenant that gets the history; absent: your own') }),
  body: { schema: () => fileSchema, text: [NDJSON, 'application/json'], example: `${JSON.stringify(HISTORY_FILE)}\n` },
  replies: { 200: { description: 'What was added', schema: importReplySchema } },
  errors: ['outcome_unknown', 'rate_limited'],
  async handle(call, services) {
    const { queue, policy, bounds, clock } = services;
    const tenant = call.query.tenant ?? call.principal.tenant;
    call.keepOpen(policy.limits.maxWaitS * SECOND_MS);
    const options = { tenant, nowMs: clock.wallMs(), maxRings: bounds.maxRings };
    const { observations, rings } = await readHistory(fileItems(call.body), options);
    call.writes();
    const added = await queue.archive.add(rings);
    return { status: 200, json: { tenant, observations, rings: rings.length, added } };
  },
});
