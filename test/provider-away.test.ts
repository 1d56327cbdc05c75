import type { Job } from '@leeway/contract';
import { SCENARIOS, startFakeProvider, startStack, waitUntil, type FakeProvider, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

type Scenario = (typeof SCENARIOS)[string];
const steady = SCENARIOS['steady'] as Scenario;
const broken = SCENARIOS['server-error'] as Scenario;
const MINUTE_MS = 60_000;

/** Every test has a provider of its own in the policy; behind all of them is one server. */
const NAMES = [
  'model-down',
  'broken',
  'gone',
  'parked',
  'paid',
  'quick',
  'model',
  'busy',
  'poison',
  'hung',
  'elsewhere',
] as const;

let server: FakeProvider;
let gone: FakeProvider;
let stack: Stack;
beforeAll(async () => {
  server = await startFakeProvider();
  gone = await startFakeProvider();
  await gone.stop();
  const usual = { baseUrl: server.baseUrl, retries: 1, retryBackoffMs: 1, breakerFailures: 4, breakerOpenMs: 300 };
  const providers: Record<string, object> = Object.fromEntries(NAMES.map((name) => [name, usual]));
  providers['gone'] = { ...usual, baseUrl: gone.baseUrl };
  providers['parked'] = { ...usual, breakerOpenMs: MINUTE_MS };
  providers['quick'] = { ...usual, usageLimitMs: 300 };
  providers['poison'] = { ...usual, usageLimitMs: 100, maxParkMs: 100 };
  stack = await startStack({ workers: 2, policy: { providers, limits: { backoffMs: 10 } } });
});
afterAll(async () => {
  await stack?.stop();
  await server?.stop();
  await gone?.stop();
});

function ask(
  provider: string,
  more: { model?: string; fallback?: string[]; [field: string]: unknown } = {},
): Promise<Job> {
  const { model = 'steady', fallback, ...fields } = more;
  const messages = [{ role: 'user', content: 'Hello' }];
  return stack.submit({ kind: 'chat', ...fields, input: { provider, model, messages, ...(fallback && { fallback }) } });
}

const askedOf = (model: string) => server.requests.filter((request) => request.model === model).length;
const outcomes = (job: Job) => job.attempts.map(({ outcome }) => outcome);

/** The first call of a model is answered in one way, all others normally. */
function atFirst(scenario: Scenario): Scenario {
  let calls = 0;
  return (exchange) => ((calls += 1) === 1 ? scenario : steady)(exchange);
}

/** A usage limit; the headers may contain when it is reset. */
const quotaExhausted =
  (headers: Record<string, string>): Scenario =>
  (exchange) =>
    exchange.refuse({ status: 429, error: { message: 'No quota.', code: 'insufficient_quota' }, headers });

test.concurrent('the jobs of a provider that fails wait; when it is back one of them tries, and all succeed (F147)', async () => {
  let isBack = false;
  let calls = 0;
  server.on('broken-model', async (exchange) => {
    calls += 1;
    await (isBack ? steady : broken)(exchange);
  });
  const jobs = await Promise.all(
    Array.from({ length: 6 }, () => ask('broken', { model: 'broken-model', attempts: 3 })),
  );
  await waitUntil(async () => (await stateOf('broken')) !== 'closed', { what: 'the circuit to open' });
  const before = calls;
  await waitUntil(() => calls > before, { what: 'a probe' });
  isBack = true;
  const ended = await Promise.all(jobs.map(({ id }) => stack.waitFinal(id)));
  expect(ended.map(({ state }) => state)).toEqual(Array.from({ length: 6 }, () => 'succeeded'));
});

async function stateOf(provider: string): Promise<string> {
  const found = (await stack.request('GET', '/v1/providers')).body.providers as { name: string; state: string }[];
  return found.find(({ name }) => name === provider)?.state ?? 'none';
}

test.concurrent('a provider that cannot be reached costs no attempt once its circuit is open (F147)', async () => {
  const jobs = await Promise.all(Array.from({ length: 6 }, () => ask('gone', { attempts: 2 })));
  const waits = async () => {
    const seen = await Promise.all(jobs.map(({ id }) => stack.job(id)));
    return seen.every((job) => job.waitingFor !== null && !outcomes(job).includes(null)) ? seen : undefined;
  };
  const seen = await waitUntil(waits, { what: 'all of them to wait' });
  expect(seen.map(({ state }) => state)).not.toContain('failed');
  expect(seen.some((job) => outcomes(job).includes('deferred'))).toBe(true);
  for (const { id } of jobs) await stack.request('POST', `/v1/jobs/${id}/cancel`);
});

test.concurrent('jobs that met a usage limit wait for its reset, show why, run then, and lose no attempt (F145)', async () => {
  server.on('parked-model', atFirst(quotaExhausted({ 'retry-after': '6' })));
  const { id } = await ask('parked', { model: 'parked-model', attempts: 1 });
  const parked = await stack.waitJob(id, (job) => job.waitingFor?.state === 'parked');
  expect(parked).toMatchObject({
    state: 'queued',
    attempts: [{ outcome: 'deferred', cause: 'usage_limit' }],
    waitingFor: { provider: 'parked', reason: 'it answered 429 (insufficient_quota)' },
  });
  const later = await ask('parked', { attempts: 1 });
  expect((await stack.job(later.id)).waitingFor).toMatchObject({ state: 'parked', until: parked.waitingFor?.until });
  const [first, second] = await Promise.all([stack.waitFinal(id), stack.waitFinal(later.id)]);
  expect([first.state, second.state]).toEqual(['succeeded', 'succeeded']);
  expect(outcomes(first)).toEqual(['deferred', 'succeeded']);
  expect(Date.parse(first.attempts[1]?.startedAt ?? '')).toBeGreaterThanOrEqual(
    Date.parse(parked.waitingFor?.until ?? ''),
  );
  expect(first.waitingFor).toBeNull();
  const events = await (await fetch(`${stack.api}${first.links.events}`)).text();
  expect(events).toContain('event: deferred');
});

test.concurrent('an operator can resume a parked provider at once (F145)', async () => {
  server.on('paid-model', atFirst(quotaExhausted({ 'retry-after': '600' })));
  const { id } = await ask('paid', { model: 'paid-model', attempts: 1 });
  await stack.waitJob(id, (job) => job.waitingFor !== null);
  expect((await stack.request('POST', '/v1/providers/paid/resume')).body).toMatchObject({
    done: 'resumed',
    provider: { name: 'paid', state: 'closed', until: null, reason: null, parked: 1 },
  });
  expect((await stack.waitFinal(id)).state).toBe('succeeded');
  expect((await stack.request('POST', '/v1/providers/paid/resume')).body.done).toBe('already');
});

test.concurrent('a provider that does not name the reset of its limit is tried again by one job after a while (F145)', async () => {
  server.on('quick-model', atFirst(quotaExhausted({})));
  const job = await stack.waitFinal((await ask('quick', { model: 'quick-model', attempts: 1 })).id);
  expect([job.state, outcomes(job)]).toEqual(['succeeded', ['deferred', 'succeeded']]);
});

test.concurrent('a usage limit of one model does not keep a job from its fallback model (F141, F145)', async () => {
  const job = await stack.waitFinal(
    (await ask('model', { model: 'usage-limit', fallback: ['steady'], attempts: 1 })).id,
  );
  expect(job).toMatchObject({
    state: 'succeeded',
    result: { model: 'steady', fallbacks: [{ model: 'usage-limit', code: 'usage_limit' }] },
  });
  expect(await stateOf('model')).toBe('closed');
});

test.concurrent('a job that meets a usage limit again and again fails after ten deferrals (F145)', async () => {
  const job = await stack.waitFinal((await ask('poison', { model: 'usage-limit', attempts: 1 })).id);
  expect(job).toMatchObject({ state: 'failed', cause: 'usage_limit', error: { code: 'usage_limit' } });
  expect(outcomes(job)).toEqual([...Array.from({ length: 10 }, () => 'deferred'), 'failed']);
});

test.concurrent('a Retry-After makes all jobs of the provider wait, on all workers (F145)', async () => {
  const slow = { status: 429, error: { message: 'slow' }, headers: { 'retry-after': '6' } };
  server.on(
    'busy-model',
    atFirst((exchange) => exchange.refuse(slow)),
  );
  const held = await ask('busy', { model: 'busy-model', attempts: 1 });
  await waitUntil(async () => (await stateOf('busy')) === 'held', { what: 'the provider to be held' });
  const before = askedOf('busy-model');
  const others = await Promise.all([1, 2, 3].map(() => ask('busy', { model: 'busy-model' })));
  const waiting = await stack.job((others[0] as Job).id);
  expect(waiting.waitingFor).toMatchObject({ provider: 'busy', state: 'held' });
  expect(askedOf('busy-model')).toBe(before);
  const ended = await Promise.all([held, ...others].map(({ id }) => stack.waitFinal(id)));
  expect(ended.map(({ state, attempts }) => [state, attempts.length])).toEqual(ended.map(() => ['succeeded', 1]));
  for (const { attempts } of ended.slice(1))
    expect(Date.parse(attempts[0]?.startedAt ?? '')).toBeGreaterThanOrEqual(
      Date.parse(waiting.waitingFor?.until ?? ''),
    );
});

test.concurrent('completeBy ends a job that waits for its provider (F145)', async () => {
  server.on('elsewhere-model', atFirst(quotaExhausted({ 'retry-after': '600' })));
  const completeBy = new Date(Date.now() + 1_500).toISOString();
  const job = await stack.waitFinal((await ask('elsewhere', { model: 'elsewhere-model', attempts: 1, completeBy })).id);
  expect(job).toMatchObject({ state: 'failed', cause: 'complete_by' });
});
