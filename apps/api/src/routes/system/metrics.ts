import { defineRoute } from '../../calls/route.js';

export const metrics = defineRoute({
  method: 'GET',
  path: '/metrics',
  name: 'metrics',
  group: 'Server',
  summary: 'Read the metrics for Prometheus',
  description:
    'Covers all tenants, so it needs an admin key where there are keys. Works also while Redis is away: then `leeway_store_up` is 0, and what cannot be measured is left out.',
  scope: 'admin',
  replies: { 200: { description: 'Prometheus text', type: 'text/plain' } },
  async handle(_call, services) {
    const { registry } = services.metrics;
    return { status: 200, text: { type: registry.contentType, content: await registry.metrics() } };
  },
});
