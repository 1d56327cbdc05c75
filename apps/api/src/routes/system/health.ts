import { healthSchema, readySchema, versionSchema } from '../../calls/reply-schemas.js';
import { defineRoute } from '../../calls/route.js';

export const healthz = defineRoute({
  method: 'GET',
  path: '/healthz',
  name: 'healthz',
  group: 'Server',
  summary: 'Whether this process lives',
  scope: null,
  replies: { 200: { description: 'It does', schema: healthSchema } },
  handle: () => Promise.resolve({ status: 200, json: { status: 'ok' } }),
});

export const readyz = defineRoute({
  method: 'GET',
  path: '/readyz',
  name: 'readyz',
  group: 'Server',
  summary: 'Whether this process can take work: Redis answers and takes writes',
  scope: null,
  replies: { 200: { description: 'It can', schema: readySchema } },
  errors: ['store_unavailable'],
  async handle(_call, { queue }) {
    await queue.ready();
    return { status: 200, json: { status: 'ready', store: 'up' } };
  },
});

export const version = defineRoute({
  method: 'GET',
  path: '/version',
  name: 'version',
  group: 'Server',
  summary: 'What runs here',
  scope: null,
  replies: { 200: { description: 'Versions of the product, of Node and of the policy', schema: versionSchema } },
  handle: (_call, services) =>
    Promise.resolve({
      status: 200,
      json: {
        name: 'leeway',
        version: services.version,
        node: process.version,
        policyVersion: services.policy.version,
        policyWaits: [...services.livePolicy.waits],
        policyRefused: services.livePolicy.refused !== null,
      },
    }),
});
