import type { JobId } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actingWorker, type ActingWorker } from '../../../testing/acting-worker.js';
import { hello, startApi, type ApiResponse, type RunningApi } from '../../../testing/running-api.js';

const CHAT = { kind: 'chat', input: { model: 'm', messages: [{ role: 'user', content: 'hello' }] } };
const SOON_MS = 60_000;

let api: RunningApi;
let worker: ActingWorker;
beforeAll(async () => {
  api = await startApi({
    policy: {
      providers: { local: { baseUrl: 'http://127.0.0.1:9/v1' } },
      tiers: { default: { overallMs: 50_000 } },
    },
    bounds: { confirmMs: 300 },
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

/** The reply to a request that waits for the worker, whose part is `act`. */
async function meanwhile(request: Promise<ApiResponse>, act: () => Promise<void>): Promise<unknown> {
  await api.waitForGauge(1);
  await act();
  return (await request).json;
}

describe('the calls to pause and resume a job (F86)', () => {
  test('reply at once for a waiting job, and change nothing when repeated', async () => {
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

  test('reply for a running command when its worker has confirmed, and `requested` when it has not', async () => {
    const job = await api.submit(hello);
    const attempt = await worker.claim(job);
    const pausing = control(job.id, 'pause');
    expect(await meanwhile(pausing, () => worker.setPaused(attempt, true))).toMatchObject({
      done: 'paused',
      job: { state: 'paused' },
    });
    expect((await control(job.id, 'resume')).json).toMatchObject({ done: 'requested', job: { state: 'paused' } });
    await worker.setPaused(attempt, false);
    expect((await control(job.id, 'resume')).json).toMatchObject({ done: 'already', job: { state: 'running' } });
    await worker.settle(attempt, { state: 'succeeded' });
    for (const verb of ['pause', 'resume']) expect((await control(job.id, verb)).json.done).toBe('too_late');
  });

  test('refuse to pause a running chat, with 409, but pause a waiting one', async () => {
    const waiting = await api.submit(CHAT);
    expect((await control(waiting.id, 'pause')).json.done).toBe('paused');
    const running = await api.submit(CHAT);
    const attempt = await worker.claim(running);
    expect(await control(running.id, 'pause')).toMatchObject({ status: 409, json: { code: 'conflict' } });
    await worker.settle(attempt, { state: 'succeeded' });
  });
});

describe('POST /v1/jobs/:id/retry', () => {
  test('gives a cancelled job the requested number of new attempts, and does not change a waiting job', async () => {
    const { id } = await api.submit({ ...hello, attempts: 1 });
    await control(id, 'cancel');
    const retried = await control(id, 'retry', { attempts: 3 });
    expect(retried).toMatchObject({
      status: 200,
      json: { done: 'retried', job: { state: 'queued', maxAttempts: 3, cause: null, error: null } },
    });
    expect((await control(id, 'retry')).json).toMatchObject({ done: 'already', job: { maxAttempts: 3 } });
  });

  test('refuses a job that succeeded, with 409', async () => {
    const job = await api.submit(hello);
    await worker.settle(await worker.claim(job), { state: 'succeeded' });
    expect(await control(job.id, 'retry')).toMatchObject({ status: 409, json: { code: 'conflict' } });
  });

  test('refuses a step of a workflow with the reason: a step is retried only with its workflow', async () => {
    const step = { name: 'only', ...hello };
    const { id, steps } = await api.submit({ kind: 'workflow', input: { steps: [step] } });
    const stepId = steps?.[0]?.job ?? '';
    await control(stepId, 'cancel');
    const { status, json } = await control(stepId, 'retry');
    expect({ status, code: json.code }).toEqual({ status: 409, code: 'conflict' });
    expect(json.detail).toBe(
      `This job is the step "only" of the workflow ${id}. A step is retried only with its workflow: retry the workflow.`,
    );
    expect((await control(id, 'retry')).json).toMatchObject({ done: 'retried' });
  });

  test('replies `too_late` once completeBy has passed', async () => {
    const completeAt = Date.now() + 300;
    const { id } = await api.submit({ ...hello, completeBy: new Date(completeAt).toISOString() });
    await control(id, 'cancel');
    await waitUntil(() => Date.now() > completeAt, { what: 'completeBy to pass' });
    expect((await control(id, 'retry')).json).toMatchObject({ done: 'too_late', job: { state: 'cancelled' } });
  });
});

describe('POST /v1/jobs/retry (F86)', () => {
  const retryMany = (body?: object) => api.post('/v1/jobs/retry', body);

  test('tries the matching jobs again, from any page, and lists those that it did not change', async () => {
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

  test('refuses a state that cannot be tried again, and unknown fields', async () => {
    expect(await retryMany({ state: 'succeeded' })).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
    expect(await retryMany({ couse: 'provider' })).toMatchObject({ status: 400 });
    expect(await retryMany({ limit: 0 })).toMatchObject({ status: 400 });
  });

  test('has a list to match, which filters by cause', async () => {
    const { json } = await api.get('/v1/jobs?state=cancelled&cause=provider');
    expect(json.jobs).toEqual([]);
    expect((await api.get('/v1/jobs?state=cancelled&cause=cancelled')).json.jobs.length).toBeGreaterThan(0);
  });
});

describe('PATCH /v1/jobs/:id', () => {
  test('changes the given limits of a waiting job, and keeps the others', async () => {
    const { id } = await api.submit({ ...hello, limits: { queueMs: 40_000 } });
    const completeBy = inSomeTime();
    expect(await patch(id, { timeoutMs: 9_000, limits: { idleMs: 700 }, completeBy })).toMatchObject({
      status: 200,
      json: { done: 'changed', job: { limits: { timeoutMs: 9_000, idleMs: 700, queueMs: 40_000, completeBy } } },
    });
  });

  test('replies for a running job when its worker has made a new decision, and at once when nothing changes', async () => {
    const job = await api.submit({ ...hello, timeoutMs: 9_000 });
    const attempt = await worker.claim(job);
    const patching = patch(job.id, { timeoutMs: 20_000 });
    expect(await meanwhile(patching, () => worker.decide(attempt, 20_000))).toMatchObject({
      done: 'changed',
      job: { decision: { deadlineMs: 20_000 } },
    });
    expect((await patch(job.id, { timeoutMs: 20_000 })).json.done).toBe('changed');
    expect((await patch(job.id, { timeoutMs: 21_000 })).json.done).toBe('requested');
    await worker.settle(attempt, { state: 'succeeded' });
    expect((await patch(job.id, { timeoutMs: 22_000 })).json.done).toBe('too_late');
  });

  test('does not exceed the tier of the job', async () => {
    const { id } = await api.submit(hello);
    expect((await patch(id, { limits: { overallMs: 80_000 } })).json.job.limits.overallMs).toBe(50_000);
  });

  test.each([
    ['nothing', {}, '', 'expected at least one of'],
    ['no limits', { limits: {} }, '', 'expected at least one of'],
    ['an unknown field', { timeout: 5 }, '/timeout', 'did you mean "timeoutMs"?'],
    ['an unknown limit', { limits: { idle: 5 } }, '/limits/idle', 'did you mean "idleMs"?'],
    ['zero', { timeoutMs: 0 }, '/timeoutMs', 'expected at least 1 ms (leave it out for a learned deadline;'],
    ['more than the policy allows', { timeoutMs: 9e9 }, '/timeoutMs', 'expected at most'],
    ['something that is set once', { priority: 3 }, '/priority', 'unknown field'],
    ['a time that has passed', { completeBy: '2020-01-01T00:00:00Z' }, '/completeBy', 'expected a time in the future'],
    ['a list', [1], '', 'expected an object'],
  ])('refuses %s', async (_, body, path, words) => {
    const { id } = await api.submit(hello);
    const response = await patch(id, body);
    expect(response).toMatchObject({ status: 400, json: { code: 'invalid_request', errors: [{ path }] } });
    expect(response.json.errors[0].message).toContain(words);
  });
});

test.each(['pause', 'resume', 'retry'])('POST /v1/jobs/:id/%s of an unknown job is refused with 404', async (verb) => {
  expect(await control('jnothing-00', verb)).toMatchObject({ status: 404, json: { code: 'job_not_found' } });
});

test('PATCH of an unknown job is refused with 404', async () => {
  const id = 'jnothing-00' as JobId;
  expect(await patch(id, { timeoutMs: 5 })).toMatchObject({ status: 404, json: { code: 'job_not_found' } });
});
