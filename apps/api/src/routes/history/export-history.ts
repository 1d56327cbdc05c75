import { Readable } from 'node:stream';
import { tenantScope } from '@leeway/estimator';
import { z } from 'zod';
import { tenantFilter } from '../../calls/principal.js';
import { nameInQuery } from '../../calls/query-values.js';
import { defineRoute } from '../../calls/route.js';
import { exportText, withFirstRead } from './export-text.js';

export const NDJSON = 'application/x-ndjson';

export const exportHistory = defineRoute({
  method: 'GET',
  path: '/v1/history/export',
  name: 'exportHistory',
  group: 'Estimates',
  summary: 'Export the history of a tenant, as lines of JSON',
  description:
    'The first line has the format and its version; each other line is one observation. The history that all tenants share and the current load are not included.',
  scope: 'read',
  query: () =>
    z.strictObject({
      tenant: nameInQuery().describe('Tenant of the history; other tenants than that of the key need an admin key'),
    }),
  replies: { 200: { description: 'The observations, ring by ring, the newest of each first', type: NDJSON } },
  errors: ['rate_limited'],
  async handle(call, services) {
    const { queue, clock } = services;
    const tenant = tenantFilter(call.query.tenant, call.principal) ?? call.principal.tenant;
    call.keepOpen(0);
    const rings = await withFirstRead(queue.archive.rings(tenantScope(tenant)));
    return {
      status: 200,
      headers: { 'Content-Disposition': 'attachment; filename="leeway-history.ndjson"' },
      stream: { type: `${NDJSON}; charset=utf-8`, source: Readable.from(exportText(rings, clock.wallMs())) },
    };
  },
});
