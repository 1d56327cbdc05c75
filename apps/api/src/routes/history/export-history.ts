import { Readable } from 'node:stream';
import { tenantScope } from '@leeway/estimator';
import { z } from 'zod';
import { begun, exportText } from './export-text.js';
import { tenantName } from '../../calls/query-values.js';
import { defineRoute } from '../../calls/route.js';
import { tenantFilter } from '../../calls/principal.js';

export const NDJSON = 'application/x-ndjson';

export const exportHistory = defineRoute({
  method: 'GET',
  path: '/v1/history/export',
  name: 'exportHistory',
  group: 'Estimates',
  summary: 'Every observation of a tenant, as lines of JSON',
  description:
    'The first line names the form and its version; each other line is one observation. What all tenants share and the load of the moment are not part of it.',
  scope: 'read',
  query: () =>
    z.strictObject({ tenant: tenantName().describe('Whose history; others than your own need an admin key') }),
  replies: { 200: { description: 'The observations, ring by ring, the newest of each first', type: NDJSON } },
  errors: ['rate_limited'],
  async handle(call, services) {
    const { queue, clock } = services;
    const tenant = tenantFilter(call.query.tenant, call.principal) ?? call.principal.tenant;
    call.keepOpen(0);
    const rings = await begun(queue.archive.rings(tenantScope(tenant)));
    return {
      status: 200,
      headers: { 'Content-Disposition': 'attachment; filename="leeway-history.ndjson"' },
      stream: { type: `${NDJSON}; charset=utf-8`, source: Readable.from(exportText(rings, clock.wallMs())) },
    };
  },
});
