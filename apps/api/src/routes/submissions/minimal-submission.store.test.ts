import { submissionSchema, type Job } from '@leeway/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { hello, startApi, type RunningApi } from '../../../testing/running-api.js';
import { openApiDocument } from '../../docs/openapi.js';
import { ROUTES } from '../../route-table.js';

let api: RunningApi;
beforeAll(async () => {
  api = await startApi({ policy: { providers: { house: { baseUrl: 'http://127.0.0.1:9/v1' } } } });
});
afterAll(() => api.stop());

const chat = { kind: 'chat', input: { model: 'm', messages: [{ role: 'user', content: 'hello' }] } };
const workflow = { kind: 'workflow', input: { steps: [{ name: 'only', ...hello }] } };
/** What a client that knows only `kind` and `input` gets for everything else. */
const DEFAULTS = {
  ...{ state: 'queued', label: null, priority: 0, profile: 'balanced', hints: {}, limits: {}, metadata: {} },
  ...{ tenant: 'default', tier: 'default', webhook: null, workflow: null },
} satisfies Partial<Job>;

describe('the contract with clients (F21)', () => {
  test.each([hello, chat, workflow])('a submission needs only kind and input: $kind', async (minimal) => {
    const { status, json } = await api.post('/v1/jobs', minimal);
    expect(status).toBe(202);
    expect(json).toMatchObject({ ...DEFAULTS, kind: minimal.kind });
    expect((await api.post('/v1/estimates', minimal)).status).toBe(200);
  });

  test('every other field of a submission is optional, and can be given alone', async () => {
    const schema = z.toJSONSchema(submissionSchema(api.policy), { io: 'input', unrepresentable: 'any' });
    expect(schema.required).toEqual(['kind', 'input']);
    const optional: Record<string, unknown> = {
      ...{ label: 'x', timeoutMs: 5_000, limits: {}, mode: Object.keys(api.policy.modes)[0], attempts: 1, priority: 1 },
      ...{ completeBy: new Date(Date.now() + 60_000).toISOString(), delayMs: 0, profile: 'speed', stream: true },
      ...{ category: 'code', type: 'review', complexity: 'simple', task: 'x', monitor: false, metadata: {} },
      ...{ onWorkerLost: 'fail', overlap: 'forbid', webhook: { url: 'https://example.com/hook' } },
    };
    expect(Object.keys(schema.properties ?? {}).sort()).toEqual(['kind', 'input', ...Object.keys(optional)].sort());
    for (const [field, value] of Object.entries(optional)) {
      const response = await api.post('/v1/estimates', { ...hello, [field]: value });
      expect(response.status, `${field}: ${response.text}`).toBe(200);
    }
  });

  test('every field of a submission is documented', () => {
    const schema = z.toJSONSchema(submissionSchema(api.policy), { io: 'input', unrepresentable: 'any' });
    for (const [field, { description }] of Object.entries(
      schema.properties as Record<string, { description?: string }>,
    ))
      expect(description ?? '', field).not.toBe('');
  });

  test('every call is versioned, and needs neither a query nor a header beside the key', () => {
    const unversioned = ['Server', 'Protocols'];
    for (const { path, group } of ROUTES) if (!unversioned.includes(group)) expect(path).toMatch(/^\/v1\//);
    const document = openApiDocument({ routes: ROUTES, policy: api.policy, version: '1', keyed: true }) as any;
    const calls = Object.values(document.paths).flatMap((path: any) => Object.values(path)) as any[];
    expect(calls).toHaveLength(ROUTES.length);
    for (const { operationId, parameters } of calls) {
      const required = parameters.filter((each: any) => each.required && each.in !== 'path');
      expect(required, operationId).toEqual([]);
    }
  });
});
