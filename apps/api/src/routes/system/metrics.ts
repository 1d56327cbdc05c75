import { defineRoute } from '../../calls/route.js';

export const metrics = defineRoute({
  method: 'GET',
  path: '/metrics',
  name: 'metrics',
  group: 'Server',
  summary: 'Figures for Prometheus',
  description:
    'Covers all tenants, so with keys it needs an admin one. Answers also while Redis is away: `leeway_store_up` is 0 then, and what cannot be counted is left out.',
  scope: 'admin',
  replies: { 200: { description: 'Prometheus text', type: 'text/plain' } },
  async handle(_call, services) {
    const { registry } = services.metrics;
    return { status: 200, text: { type: registry.contentType, content: await registry.metrics() } };
  },
});
