import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { parseKeys } from '@leeway/runtime';
import { startRedis, waitUntil, type PrivateRedis } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveDashboard, type ServedDashboard } from '../testing/serve-dashboard.js';

const COMMAND = { kind: 'command', input: { argv: ['node', 'work.mjs'] } };
const HTML = { accept: 'text/html' };

describe('the dashboard over HTTP', () => {
  let redis: PrivateRedis;
  let served: ServedDashboard;

  beforeAll(async () => {
    redis = await startRedis();
    served = await serveDashboard({ redisUrl: redis.url });
  });
  afterAll(async () => {
    await served.stop();
    await redis.stop();
  });

  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${served.url}${path}`, { headers, redirect: 'manual' });
  const post = (path: string, headers: Record<string, string>, body = 'reason=test') =>
    fetch(`${served.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body,
      redirect: 'manual',
    });

  it('is alive and ready while Redis answers', async () => {
    expect([(await get('/healthz')).status, (await get('/readyz')).status]).toEqual([200, 200]);
  });

  it('shows how to submit a first job while there are no jobs', async () => {
    const page = await (await get('/', HTML)).text();
    expect(page).toContain('Nothing has run yet');
    expect(page).toContain('curl http://127.0.0.1:3000/v1/jobs');
  });

  it('loads nothing from another server and runs no inline script or style', async () => {
    const own = await get('/', HTML);
    const policy = own.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    for (const page of [await own.text(), await (await get('/board/', HTML)).text()]) {
      const addresses = [...page.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address ?? '');
      expect(addresses.filter((address) => /^(?:https?:)?\/\//.test(address))).toEqual([]);
      expect(page).not.toMatch(/<script(?![^>]*(?:src=|application\/json))/);
    }
  });

  it('lists a waiting job, shows its page, and warns that no worker would run it', async () => {
    const id = await served.submit({ ...COMMAND, label: 'nightly' });
    expect(await (await get(`/jobs/${id}`, HTML)).text()).toContain('Waiting for a worker.');
    expect(await (await get('/jobs?state=queued&label=nightly', HTML)).text()).toContain(`/jobs/${id}`);
    expect(await (await get('/jobs?state=failed', HTML)).text()).not.toContain(id);
    const warned = async () => (await (await get('/', HTML)).text()).includes('No worker takes new jobs');
    await waitUntil(warned, { what: 'the warning that no worker takes jobs' });
  });

  it('retries all jobs of a list of cancelled jobs with one button, for its own pages only (F86)', async () => {
    const ids = [
      await served.submit({ ...COMMAND, label: 'again' }),
      await served.submit({ ...COMMAND, label: 'again' }),
    ];
    for (const id of ids) await post(`/jobs/${id}/cancel`, { origin: served.url });
    const list = await (await get('/jobs?state=cancelled&label=again', HTML)).text();
    expect(list).toContain('Try these 2 again');
    const body = ids.map((id) => `id=${id}`).join('&');
    expect((await post('/jobs/retry', { origin: 'http://elsewhere.example' }, body)).status).toBe(403);
    expect((await post('/jobs/retry', { origin: served.url }, body)).status).toBe(303);
    expect(await (await get('/jobs?state=queued&label=again', HTML)).text()).toContain(ids[0]);
    for (const id of ids) await post(`/jobs/${id}/cancel`, { origin: served.url });
  });

  it('never shows the values of environment variables', async () => {
    const id = await served.submit({ kind: 'command', input: { argv: ['env'], env: { TZ: 'very-secret' } } });
    const page = await (await get(`/jobs/${id}`, HTML)).text();
    expect(page).toContain('(not shown)');
    expect(page).not.toContain('very-secret');
  });

  it('shows a long list of jobs in pages, each job once', async () => {
    await Promise.all(Array.from({ length: 60 }, () => served.submit({ ...COMMAND, label: 'many' })));
    const first = await (await get('/jobs?label=many', HTML)).text();
    const next = /href="(\/jobs\?[^"]*cursor[^"]*)"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const second = await (await get(next, HTML)).text();
    const ids = (page: string) => new Set([...page.matchAll(/href="\/jobs\/([A-Za-z0-9_-]+)"/g)].map(([, id]) => id));
    expect([ids(first).size, ids(second).size]).toEqual([50, 10]);
    expect([...ids(second)].filter((id) => ids(first).has(id))).toEqual([]);
  });

  it.each([
    '/nowhere',
    '/jobs/x',
    '/jobs/no-such-job-id',
    '/data/jobs/no-such-job-id',
    '/jobs/%00%00%00%00%00%00%00%00',
  ])('answers 404 to %s', async (path) => {
    expect((await get(path, HTML)).status).toBe(404);
  });

  it.each(['/jobs?cursor=nonsense', '/jobs/%zz'])('answers 400 to %s', async (path) => {
    expect((await get(path, HTML)).status).toBe(400);
  });

  it('shows an error as a page to people, and sends it as a problem document to polling scripts', async () => {
    const page = await get('/jobs/no-such-job-id', HTML);
    expect(page.headers.get('content-type')).toContain('text/html');
    const problem = await get('/data/jobs/no-such-job-id');
    expect(problem.headers.get('content-type')).toContain('application/problem+json');
    expect(await problem.json()).toMatchObject({ code: 'job_not_found', status: 404 });
  });

  it('is alive, not ready, and answers 503 within its time limit while Redis does not answer', async () => {
    redis.freeze();
    try {
      const [health, ready] = await Promise.all([get('/healthz'), get('/readyz')]);
      expect([health.status, ready.status, ready.headers.get('retry-after')]).toEqual([200, 503, '2']);
      const away = async () => (await get('/data/overview')).status === 503;
      await waitUntil(away, { what: 'the shared reading from before the outage to expire' });
      const [page, update] = await Promise.all([get('/', HTML), get('/data/overview')]);
      expect([page.status, update.status]).toEqual([503, 503]);
      expect(await page.text()).toContain('Running now');
      expect(await update.json()).toMatchObject({ code: 'store_unavailable' });
    } finally {
      redis.thaw();
      await waitUntil(async () => (await get('/readyz')).ok, { what: 'the dashboard to be ready again' });
    }
  });

  it('accepts a cancel only from a form of its own pages', async () => {
    const id = await served.submit(COMMAND);
    const path = `/jobs/${id}/cancel`;
    const refused = [
      await post(path, {}),
      await post(path, { origin: 'null' }),
      await post(path, { origin: 'http://elsewhere.example' }),
      await post(path, { origin: served.url, 'sec-fetch-site': 'cross-site' }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect((await served.queue.get(id))?.state).toBe('queued');
    const done = await post(path, { origin: served.url, 'sec-fetch-site': 'same-origin' });
    expect([done.status, done.headers.get('location')]).toEqual([303, `/jobs/${id}`]);
    expect((await served.queue.get(id))?.state).toBe('cancelled');
  });

  it('pauses, resumes, cancels and retries a job, and answers 404 for a job that does not exist', async () => {
    const id = await served.submit(COMMAND);
    const own = { origin: served.url, accept: 'text/html' };
    const state = async () => (await served.queue.get(id))?.state;
    const seen: unknown[] = [];
    for (const control of ['pause', 'resume', 'retry', 'cancel', 'retry']) {
      const { status } = await post(`/jobs/${id}/${control}`, own);
      seen.push([control, status, await state()]);
    }
    expect(seen).toEqual([
      ['pause', 303, 'paused'],
      ['resume', 303, 'queued'],
      ['retry', 303, 'queued'],
      ['cancel', 303, 'cancelled'],
      ['retry', 303, 'queued'],
    ]);
    expect((await post('/jobs/no-such-job-id/pause', own)).status).toBe(404);
  });

  it('does not offer a retry for a step of a workflow, and refuses one with the name of the workflow', async () => {
    const { workflow, step } = await served.submitWorkflow();
    const own = { origin: served.url, accept: 'text/html' };
    await post(`/jobs/${step}/cancel`, own);
    expect((await served.queue.get(step))?.state).toBe('cancelled');
    expect(await (await get(`/jobs/${step}`, HTML)).text()).not.toContain('Try again');
    expect(await (await get('/jobs?state=cancelled', HTML)).text()).not.toContain(`name="id" value="${step}"`);
    const refused = await post(`/jobs/${step}/retry`, own);
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain(`of the workflow ${workflow}. A step is retried only with its workflow`);
    expect(await (await get(`/jobs/${workflow}`, HTML)).text()).toContain('Try again');
    await post(`/jobs/${workflow}/retry`, own);
    expect((await served.queue.get(workflow))?.state).toBe('queued');
    await post(`/jobs/${workflow}/cancel`, own);
  });

  it('refuses a pause of a job that has ended with the state that it ended in', async () => {
    const id = await served.submit(COMMAND);
    const own = { origin: served.url, accept: 'text/html' };
    await post(`/jobs/${id}/cancel`, own);
    const refused = await post(`/jobs/${id}/pause`, own);
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain('This job has ended (cancelled).');
  });

  it('refuses requests for another host name and from other sites, but accepts a link that somebody followed', async () => {
    const site = { 'sec-fetch-site': 'cross-site' };
    const link = { ...site, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    const cases: { headers: Record<string, string>; status: number }[] = [
      { headers: { host: 'attacker.example' }, status: 403 },
      { headers: { ...site, 'sec-fetch-mode': 'cors' }, status: 403 },
      { headers: { ...link, 'sec-fetch-dest': 'iframe' }, status: 403 },
      { headers: { ...link, host: 'attacker.example' }, status: 403 },
      { headers: link, status: 200 },
    ];
    for (const { headers, status } of cases)
      expect([headers, await statusFor(`${served.url}/jobs`, headers)]).toEqual([headers, status]);
  });

  it('requires a key with the scope admin where keys are configured', async () => {
    const entry = (key: string, scopes: string[]) => ({
      name: key,
      hash: `sha256:${createHash('sha256').update(key).digest('hex')}`,
      tenant: 'default',
      tier: 'default',
      scopes,
    });
    const keys = parseKeys({ keys: [entry('for-all', ['admin']), entry('for-one', ['read'])] }, ['default']);
    const locked = await serveDashboard({ redisUrl: redis.url, keys });
    const status = async (path: string, authorization?: string) =>
      (await fetch(`${locked.url}${path}`, { headers: authorization === undefined ? {} : { authorization } })).status;
    const basic = (key: string) => `Basic ${Buffer.from(`anybody:${key}`).toString('base64')}`;
    try {
      for (const path of ['/', '/data/overview', '/jobs', '/board/', '/board/api/queues']) {
        expect([
          path,
          await status(path),
          await status(path, basic('wrong')),
          await status(path, basic('for-one')),
          await status(path, basic('for-all')),
        ]).toEqual([path, 401, 401, 403, 200]);
      }
      expect([await status('/', 'Bearer for-all'), await status('/healthz')]).toEqual([200, 200]);
    } finally {
      await locked.stop();
    }
  });
});

/** `fetch` does not let a program choose these headers. */
function statusFor(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}
