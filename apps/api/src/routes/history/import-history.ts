import { HISTORY_FILE, importReplySchema, LeewayError } from '@leeway/contract';
import { z } from 'zod';
import { fileItems } from './file-items.js';
import { readHistory } from './import-file.js';
import type { TextBody } from '../../http/read-body.js';
import { tenantName } from '../../calls/query-values.js';
import { defineRoute } from '../../calls/route.js';
import { NDJSON } from './export-history.js';

const SECOND_MS = 1_000;

export const importHistory = defineRoute({
  method: 'POST',
  path: '/v1/history/import',
  name: 'importHistory',
  group: 'Estimates',
  summary: 'Add observations from a file',
  description: `Takes what the export gives: lines of JSON (\`${NDJSON}\`), or the same as one JSON array. Every line is checked before anything is stored. Imported observations count as older than all that were measured here and fill what room is left; what is there already is not added again.`,
  scope: 'admin',
  query: () => z.strictObject({ tenant: tenantName().describe('Whose history they become; your own if absent') }),
  body: { schema: () => z.string(), text: [NDJSON, 'application/json'], example: `${JSON.stringify(HISTORY_FILE)}\n` },
  replies: { 200: { description: 'What was added', schema: importReplySchema } },
  errors: ['outcome_unknown', 'rate_limited'],
  async handle(call, services) {
    const { queue, policy, clock } = services;
    const tenant = call.query.tenant ?? call.principal.tenant;
    if (call.body === undefined)
      throw new LeewayError('invalid_request', 'Expected a file of observations as the body.');
    call.keepOpen(policy.limits.maxWaitS * SECOND_MS);
    const options = { tenant, nowMs: clock.wallMs(), maxRings: policy.retention.maxRings };
    const { observations, rings } = await readHistory(fileItems(call.body as TextBody), options);
    call.writes();
    const added = await queue.archive.add(rings);
    return { status: 200, json: { tenant, observations, rings: rings.length, added } };
  },
});
