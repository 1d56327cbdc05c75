import type { JobId } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actingWorker, type ActingWorker } from '../../../testing/acting-worker.js';
import { hello, startApi, type Answer, type RunningApi } from '../../../testing/running-api.js';

const CHAT = { kind: 'chat', input: { model: 'm', messages: [{ role: 'user', content: 'hello' }] } };
const SOON_MS = 60_000;

let api: RunningApi;
let worker: ActingWorker;
beforeAll(async () => {
  api = await startApi({
    policy: {
      supervision: { beatEveryMs: 100 },
      api: { confirmMs: 400 },
      providers: { local: { baseUrl: 'http://127.0.0.1:9/v1' } },
      tiers: { default: { overallMs: 50_000 } },
    },
  });
  worker = actingWorker(api);
});
afterAll(async () => {
  await worker.stop();
  await api.stop();
});

const control = (id: string, verb: string, body?: object) => api.post(`/v1/jobs/${id}/${verb}`, body);
const patch = (id: string, body: unknown) => api.call('PATCH', `/v1/jobs/${id}`, { body });
const inSomeTime = () => new Date(Date.now() + SOON_MS).toISOString();

/** The answer to a request that waits for the worker, which does `act` once it was asked. */
async function meanwhile(asking: Promise<Answer>, act: () => Promise<void>): Promise<unknown> {
  const held = async () => (await api.get('/metrics')).text.includes('leeway_open_requests{process="api"} 1');
  await waitUntil(held, { what: 'the request to wait for the worker' });
  await act();
  return (await asking).json;
}

describe('pause and resume (F86)', () => {
  test('of a job that waits answer at once, and repeated change nothing', async () => {
    const { id } = await api.submit(hello);
    const seen = [];
    for (const verb of ['pause', 'pause', 'resume', 'resume']) {
      const { status, json } = await control(id, verb);
      seen.push([verb, status, json.done, json.job.state]);
    }
    expect(seen).toEqual([
      ['pause', 200, 'paused', 'paused'],
      ['pause', 200, 'already', 'paused'],
      ['resume', 200, 'resumed', 'queued'],
      ['resume', 200, 'already', 'queued'],
    ]);
  });

  test('of a running command answer when its worker has confirmed, and say so when it has not', async () => {
    const job = await api.submit(hello);
    const attempt = await worker.take(job);
    const pausing = control(job.id, 'pause');
    expect(await meanwhile(pausing, () => worker.hold(attempt, { stands: true }))).toMatchObject({
      done: 'paused',
      job: { state: 'paused' },
    });
    expect((await control(job.id, 'resume')).json).toMatchObject({ done: 'requested', job: { state: 'paused' } });
    await worker.hold(attempt, { stands: false });
    expect((await control(job.id, 'resume')).json).toMatchObject({ done: 'already', job: { state: 'running' } });
    await worker.end(attempt, { state: 'succeeded' });
    for (const verb of ['pause', 'resume']) expect((await control(job.id, verb)).json.done).toBe('too_late');
  });

  test('a running chat cannot be paused: 409; one that waits can', async () => {
    const waiting = await api.submit(CHAT);
    expect((await control(waiting.id, 'pause')).json.done).toBe('paused');
    const running = await api.submit(CHAT);
    const attempt = await worker.take(running);
    expect(await control(running.id, 'pause')).toMatchObject({ status: 409, json: { code: 'conflict' } });
    await worker.end(attempt, { state: 'succeeded' });
  });
});

describe('retry', () => {
  test('gives a cancelled job as many new attempts as asked for, and leaves one that waits alone', async () => {
    const { id } = await api.submit({ ...hello, attempts: 1 });
    await control(id, 'cancel');
    const retried = await control(id, 'retry', { attempts: 3 });
    expect(retried).toMatchObject({
      status: 200,
      json: { done: 'retried', job: { state: 'queued', maxAttempts: 3, cause: null, error: null } },
    });
    expect((await control(id, 'retry')).json).toMatchObject({ done: 'already', job: { maxAttempts: 3 } });
  });

  test('of a job that succeeded is refused: 409', async () => {
    const job = await api.submit(hello);
    await worker.end(await worker.take(job), { state: 'succeeded' });
    expect(await control(job.id, 'retry')).toMatchObject({ status: 409, json: { code: 'conflict' } });
  });

  test('is too late once completeBy has passed', async () => {
    const completeAt = Date.now() + 300;
    const { id } = await api.submit({ ...hello, completeBy: new Date(completeAt).toISOString() });
    await control(id, 'cancel');
    await waitUntil(() => Date.now() > completeAt, { what: 'completeBy to pass' });
    expect((await control(id, 'retry')).json).toMatchObject({ done: 'too_late', job: { state: 'cancelled' } });
  });
});

describe('retry of many (F86)', () => {
  const retryMany = (body?: object) => api.post('/v1/jobs/retry', body);

  test('tries again those that fit, from any page, and names those that it leaves', async () => {
    const label = 'many';
    const jobs = [];
    for (let i = 0; i < 5; i += 1) jobs.push(await api.submit({ ...hello, label, attempts: 1 }));
    const other = await api.submit({ ...hello, label: 'other' });
    const completeAt = Date.now() + 300;
    const late = await api.submit({ ...hello, label, completeBy: new Date(completeAt).toISOString() });
    for (const { id } of [...jobs, other, late]) await control(id, 'cancel');
    await waitUntil(() => Date.now() > completeAt, { what: 'completeBy to pass' });

    const wanted = { state: 'cancelled', cause: 'cancelled', label, attempts: 4 };
    interface Retried {
      retried: string[];
      left: string[];
      next: string | null;
    }
    const first = (await retryMany({ ...wanted, limit: 2 })).json as Retried;
    const rest = (await retryMany({ ...wanted, cursor: first.next })).json as Retried;
    expect([...first.retried, ...rest.retried].toSorted()).toEqual(jobs.map(({ id }) => id).toSorted());
    expect([...first.left, ...rest.left]).toEqual([late.id]);
    expect(rest.next).toBeNull();
    for (const { id } of jobs)
      expect((await api.get(`/v1/jobs/${id}`)).json).toMatchObject({ state: 'queued', maxAttempts: 4, label });
    expect((await api.get(`/v1/jobs/${other.id}`)).json.state).toBe('cancelled');
    expect((await retryMany(wanted)).json).toMatchObject({ retried: [], left: [late.id] });
  });

  test('refuses what cannot be tried again and what it does not know', async () => {
    expect(await retryMany({ state: 'succeeded' })).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
    expect(await retryMany({ couse: 'provider' })).toMatchObject({ status: 400 });
    expect(await retryMany({ limit: 0 })).toMatchObject({ status: 400 });
  });

  test('lists them by cause', async () => {
    const { json } = await api.get('/v1/jobs?state=cancelled&cause=provider');
    expect(json.jobs).toEqual([]);
    expect((await api.get('/v1/jobs?state=cancelled&cause=cancelled')).json.jobs.length).toBeGreaterThan(0);
  });
});

describe('PATCH /v1/jobs/:id', () => {
  test('changes the limits of a job that waits, and keeps those that are not named', async () => {
    const { id } = await api.submit({ ...hello, limits: { queueMs: 40_000 } });
    const completeBy = inSomeTime();
    expect(await patch(id, { timeoutMs: 9_000, limits: { idleMs: 700 }, completeBy })).toMatchObject({
      status: 200,
      json: { done: 'changed', job: { limits: { timeoutMs: 9_000, idleMs: 700, queueMs: 40_000, completeBy } } },
    });
  });

  test('of a running job answers when its worker has decided anew, and at once when nothing is different', async () => {
    const job = await api.submit({ ...hello, timeoutMs: 9_000 });
    const attempt = await worker.take(job);
    const patching = patch(job.id, { timeoutMs: 20_000 });
    expect(await meanwhile(patching, () => worker.decide(attempt, 20_000))).toMatchObject({
      done: 'changed',
      job: { decision: { deadlineMs: 20_000 } },
    });
    expect((await patch(job.id, { timeoutMs: 20_000 })).json.done).toBe('changed');
    expect((await patch(job.id, { timeoutMs: 21_000 })).json.done).toBe('requested');
    await worker.end(attempt, { state: 'succeeded' });
    expect((await patch(job.id, { timeoutMs: 22_000 })).json.done).toBe('too_late');
  });

  test('does not go beyond the tier of the job', async () => {
    const { id } = await api.submit(hello);
    expect((await patch(id, { limits: { overallMs: 80_000 } })).json.job.limits.overallMs).toBe(50_000);
  });

  test.each([
    ['nothing', {}, '', 'expected at least one of'],
    ['no limits', { limits: {} }, '', 'expected at least one of'],
    ['an unknown field', { timeout: 5 }, '/timeout', 'did you mean "timeoutMs"?'],
    ['an unknown limit', { limits: { idle: 5 } }, '/limits/idle', 'did you mean "idleMs"?'],
    ['zero', { timeoutMs: 0 }, '/timeoutMs', 'expected at least 1 ms (leave it out and Leeway decides;'],
    ['more than the policy allows', { timeoutMs: 9e9 }, '/timeoutMs', 'expected at most'],
    ['something that is set once', { priority: 3 }, '/priority', 'unknown field'],
    ['a time that has passed', { completeBy: '2020-01-01T00:00:00Z' }, '/completeBy', 'expected a time in the future'],
    ['a list', [1], '', 'expected an object'],
  ])('refuses %s', async (_, body, path, words) => {
    const { id } = await api.submit(hello);
    const answer = await patch(id, body);
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_request', errors: [{ path }] } });
    expect(answer.json.errors[0].message).toContain(words);
  });
});

test.each(['pause', 'resume', 'retry'])('%s of a job that is not there gets 404', async (verb) => {
  expect(await control('jnothing-00', verb)).toMatchObject({ status: 404, json: { code: 'job_not_found' } });
});

test('PATCH of a job that is not there gets 404', async () => {
  const id = 'jnothing-00' as JobId;
  expect(await patch(id, { timeoutMs: 5 })).toMatchObject({ status: 404, json: { code: 'job_not_found' } });
});
