import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hello, startApi, type RunningApi } from '../../testing/running-api.js';

let api: RunningApi;
beforeAll(async () => {
  api = await startApi({ policy: { api: { hosts: ['queue.example.org'] } } });
});
afterAll(() => api.stop());

const everywhere = ['/healthz', '/v1/jobs', '/docs', '/openapi.json', '/metrics', '/v1/nothing'];

describe('a web page that wants to use the API through the browser of its visitor', () => {
  test.each(everywhere)(
    'is refused for %s when it points its own host name at this machine (DNS rebinding)',
    async (path) => {
      const response = await api.get(path, { host: `evil.example:${api.port}` });
      expect(response).toMatchObject({ status: 403, json: { code: 'host_not_allowed' } });
    },
  );

  test('is the only one refused: the host names of this server are accepted, each with its port', async () => {
    for (const host of [`127.0.0.1:${api.port}`, `localhost:${api.port}`, `[::1]:${api.port}`, 'queue.example.org']) {
      expect((await api.get('/healthz', { host })).status, host).toBe(200);
    }
    expect((await api.get('/healthz', { host: 'localhost' })).status).toBe(403);
  });

  test('cannot submit a job from another site, whatever headers it sends', async () => {
    const foreign = { origin: 'https://evil.example' };
    expect(await api.post('/v1/jobs', hello, foreign)).toMatchObject({
      status: 403,
      json: { code: 'origin_not_allowed' },
    });
    expect(await api.post('/v1/jobs', hello, { origin: 'null' })).toMatchObject({ status: 403 });
    expect(await api.post('/v1/jobs', hello, { 'sec-fetch-site': 'cross-site' })).toMatchObject({
      status: 403,
      json: { code: 'origin_not_allowed' },
    });
    expect((await api.get('/v1/jobs')).json.jobs).toEqual([]);
  });

  test('cannot post a form, not even to a call that needs no body', async () => {
    const { id } = await api.submit(hello);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    expect(await api.call('POST', `/v1/jobs/${id}/cancel`, { headers: form })).toMatchObject({ status: 415 });
    expect(
      await api.call('POST', `/v1/jobs/${id}/cancel`, { raw: 'reason=x', headers: { 'content-type': 'text/plain' } }),
    ).toMatchObject({ status: 415 });
    expect((await api.get(`/v1/jobs/${id}`)).json.state).toBe('queued');
  });

  test('gets no permission in the response to a preflight', async () => {
    const preflight = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    const response = await api.call('OPTIONS', '/v1/jobs', { headers: preflight });
    expect(response.status).toBe(403);
    expect(Object.keys(response.headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });

  test('gets no CORS headers, and headers against framing, caching and sniffing', async () => {
    for (const path of everywhere) {
      const { headers } = await api.get(path, { origin: `http://127.0.0.1:${api.port}` });
      expect(
        Object.keys(headers).filter((name) => name.startsWith('access-control-')),
        path,
      ).toEqual([]);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['x-powered-by']).toBeUndefined();
    }
  });
});

test('a response has the request id that the client sent, unless that is unusable', async () => {
  expect((await api.get('/healthz', { 'x-request-id': 'build-17.a' })).headers['x-request-id']).toBe('build-17.a');
  expect((await api.get('/healthz', { 'x-request-id': 'a b<c>' })).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});
