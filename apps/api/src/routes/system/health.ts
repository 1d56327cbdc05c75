import { healthSchema, readySchema, versionSchema } from '../../calls/reply-schemas.js';
import { defineRoute } from '../../calls/route.js';

export const healthz = defineRoute({
  method: 'GET',
  path: '/healthz',
  name: 'healthz',
  group: 'Server',
  summary: 'Check that this process is alive',
  scope: null,
  replies: { 200: { description: 'It is alive', schema: healthSchema } },
  handle: () => Promise.resolve({ status: 200, json: { status: 'ok' } }),
});

export const readyz = defineRoute({
  method: 'GET',
  path: '/readyz',
  name: 'readyz',
  group: 'Server',
  summary: 'Check that this process can accept jobs: Redis answers and accepts writes',
  scope: null,
  replies: { 200: { description: 'It can accept jobs', schema: readySchema } },
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
  summary: 'Read the versions of Leeway, of Node.js and of the policy',
  scope: null,
  replies: { 200: { description: 'The versions', schema: versionSchema } },
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
