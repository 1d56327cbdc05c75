import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Job } from '@leeway/contract';
import { startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SECRET = 'between the two of us';
const TIMEOUT_MS = 2_000;
const FOR_EVER = ['node', '-e', 'setInterval(() => {}, 1000)'];

interface Delivery {
  path: string;
  id: string;
  signed: boolean;
  job: Job;
}

/** A receiver whose answer depends on the path. */
class Receiver {
  readonly deliveries: Delivery[] = [];
  readonly tries = new Map<string, number>();
  private readonly server: Server = createServer((request, response) => void this.answer(request, response));

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  of(path: string): Delivery[] {
    return this.deliveries.filter((each) => each.path === path);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').replace(/\?.*/, '');
    const tries = (this.tries.get(path) ?? 0) + 1;
    this.tries.set(path, tries);
    let body = '';
    for await (const chunk of request) body += String(chunk);
    if (path.startsWith('/hung') && tries === 1) return;
    if (path.startsWith('/500')) return void response.writeHead(500).end('no');
    if (path.startsWith('/down') && tries <= 2) return void request.socket.destroy();
    if (path.startsWith('/slow')) await new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS / 2));
    const [, t, mac] = /^t=(\d+),v1=(\w+)$/.exec(String(request.headers['leeway-signature'])) ?? [];
    const signed = mac === createHmac('sha256', SECRET).update(`${t}.${body}`).digest('hex');
    this.deliveries.push({ path, signed, id: String(request.headers['leeway-delivery']), job: JSON.parse(body).job });
    response.end('thank you');
  }
}

let receiver: Receiver;
let stack: Stack;
const hook = (path: string) => ({ webhook: { url: `${receiver.origin}${path}?token=very-secret` } });
const received = (path: string) =>
  waitUntil(() => receiver.of(path)[0], { what: `the webhook ${path}`, timeoutMs: 30_000 });
const untilEnded = (id: string, state: string) =>
  stack.waitJob(id, ({ webhook }) => webhook?.endedAt !== null && webhook?.state === state);

const start = async (more: object = {}) => {
  receiver = new Receiver();
  await receiver.start();
  stack = await startStack({
    env: { HOOK_SECRET: SECRET },
    policy: {
      webhooks: {
        trustedOrigins: [receiver.origin],
        secretEnv: 'HOOK_SECRET',
        timeoutMs: TIMEOUT_MS,
        backoffMs: 100,
        attempts: 3,
      },
      supervision: { graceMs: 300 },
      ...more,
    },
  });
};
const stop = async () => {
  await stack?.stop();
  await receiver?.stop();
};

describe('a webhook', () => {
  beforeAll(() => start());
  afterAll(stop);

  it.concurrent.each<[string, string[], object, object]>([
    ['success', ['node', '-p', '6*7'], {}, { state: 'succeeded', result: { stdout: '42\n' } }],
    ['deadline', FOR_EVER, { timeoutMs: 500, attempts: 1 }, { state: 'failed', cause: 'deadline' }],
    [
      'retried',
      ['node', '-e', 'process.exit(1)'],
      { attempts: 2 },
      { state: 'failed', cause: 'error', attempts: [{ number: 1 }, { number: 2 }] },
    ],
  ])('is called once, signed, with the job as the API shows it: %s (F169, B15)', async (name, argv, more, ends) => {
    const { id } = await stack.run(argv, { ...more, ...hook(`/${name}`) });
    const delivery = await received(`/${name}`);
    expect(delivery).toMatchObject({ signed: true, id: `${id}.finished`, job: { id, ...ends } });
    const job = await untilEnded(id, 'delivered');
    expect(job.webhook).toMatchObject({ attempts: 1, lastError: null, url: `${receiver.origin}/${name}?…` });
    expect(job).toMatchObject({ ...delivery.job, webhook: job.webhook });
    expect(receiver.tries.get(`/${name}`)).toBe(1);
  });

  it.concurrent('is called once when its job is cancelled, whether that ran or waited (F169)', async () => {
    const running = await stack.run(FOR_EVER, hook('/running'));
    await stack.waitJob(running.id, ({ state }) => state === 'running');
    const waiting = await stack.run(['true'], { delayMs: 60_000, ...hook('/waiting') });
    for (const { id } of [running, waiting]) await stack.request('POST', `/v1/jobs/${id}/cancel`);
    for (const path of ['/running', '/waiting']) expect((await received(path)).job.state).toBe('cancelled');
    await Promise.all([running, waiting].map(({ id }) => untilEnded(id, 'delivered')));
    expect([receiver.tries.get('/running'), receiver.tries.get('/waiting')]).toEqual([1, 1]);
  });

  it.concurrent('reaches a receiver that is slow, cuts the connection or hangs at first (F169)', async () => {
    const paths = ['/slow', '/down', '/hung'];
    const jobs = await Promise.all(paths.map((path) => stack.run(['true'], hook(path))));
    for (const path of paths) await received(path);
    const ended = await Promise.all(jobs.map(({ id }) => untilEnded(id, 'delivered')));
    expect(ended.map(({ webhook }) => webhook?.attempts)).toEqual([1, 3, 2]);
    for (const path of paths) expect(receiver.of(path)).toHaveLength(1);
  });

  it.concurrent('is given up when its receiver always answers 500, as job, events and metrics show (F169)', async () => {
    const { id } = await stack.run(['true'], hook('/500'));
    const { state, webhook } = await untilEnded(id, 'given_up');
    expect({ state, webhook }).toMatchObject({
      state: 'succeeded',
      webhook: { attempts: 3, lastError: 'it answered 500' },
    });
    const events = await fetch(`${stack.api}/v1/jobs/${id}/events`).then((reply) => reply.text());
    expect(events).toMatch(/event: webhook_ended\n.*"given_up"/);
    const metrics = await fetch(`${stack.api}/metrics`).then((reply) => reply.text());
    expect(metrics).toMatch(/leeway_webhooks\{outcome="given_up",process="api"\} 1\n/);
  });

  it.concurrent('is called for a workflow when that has ended, and for a step that names one of its own (F169)', async () => {
    const command = (name: string, more: object = {}) => ({
      name,
      kind: 'command',
      input: { argv: ['true'] },
      ...more,
    });
    const { id } = await stack.submit({
      kind: 'workflow',
      input: { steps: [command('a', hook('/step')), command('b', { needs: ['a'] })] },
      ...hook('/flow'),
    });
    const flow = await received('/flow');
    expect(flow.job).toMatchObject({ id, state: 'succeeded', steps: [{ state: 'succeeded' }, { state: 'succeeded' }] });
    expect(receiver.of('/step')[0]?.job).toMatchObject({ id: `${id}-s1`, state: 'succeeded' });
    expect(receiver.of('/flow')).toHaveLength(1);
  });

  it.each([
    ['http://127.0.0.1:6379/', 'webhook_not_allowed', 403],
    ['https://169.254.169.254/', 'webhook_not_allowed', 403],
    ['https://a:b@example.com/', 'invalid_request', 400],
    ['nowhere', 'invalid_request', 400],
  ])('is refused before its job is queued when its address is %s (F169)', async (url, code, status) => {
    const job = { kind: 'command', input: { argv: ['true'] } };
    expect(await stack.request('POST', '/v1/jobs', { ...job, webhook: { url } })).toMatchObject({
      status,
      body: { code, errors: [{ path: '/webhook/url' }] },
    });
    const unknown = { ...job, webhook: { url: `${receiver.origin}/`, events: ['started'] } };
    expect((await stack.request('POST', '/v1/jobs', unknown)).body).toMatchObject({ code: 'invalid_request' });
  });

  it('leaves neither its query nor the secret in the logs (F169)', () => {
    const lines = [stack.apiProcess, ...stack.workers].flatMap((each) => each.lines).join('\n');
    expect(lines).toContain('webhook_delivered');
    expect(lines).not.toMatch(/very-secret|between the two/);
  });
});

describe('a webhook whose worker is killed with -9', () => {
  beforeAll(() => start({ limits: { maxLosses: 0 } }));
  afterAll(stop);

  it('is called once for a job that fails because its worker was lost (F169, D8)', async () => {
    const { id } = await stack.run(FOR_EVER, hook('/poison'));
    await stack.waitJob(id, ({ state }) => state === 'running');
    await stack.workers.at(-1)?.kill9();
    await stack.addWorker();
    expect((await received('/poison')).job).toMatchObject({ state: 'failed', cause: 'worker_lost' });
    await untilEnded(id, 'delivered');
    expect(receiver.tries.get('/poison')).toBe(1);
  });

  it('is called by another worker under the same id (F169)', async () => {
    const { id } = await stack.run(['true'], hook('/hung'));
    await waitUntil(() => receiver.tries.get('/hung') === 1, { what: 'the delivery to begin' });
    await stack.workers.at(-1)?.kill9();
    await stack.addWorker();
    expect((await received('/hung')).id).toBe(`${id}.finished`);
    expect((await untilEnded(id, 'delivered')).webhook?.attempts).toBe(2);
    expect(receiver.of('/hung')).toHaveLength(1);
  });
});
