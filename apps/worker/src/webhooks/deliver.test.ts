import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parsePolicy, type Job, type JobId } from '@leeway/contract';
import { type Delivery, JobRecord } from '@leeway/queue';
import { afterEach, describe, expect, it } from 'vitest';
import { deliver, signature } from './deliver.js';
import { deliveryBody } from './delivery-body.js';
import { publicLookup } from './public-lookup.js';

const SECRET = 'only the two of us know';
const ID = 'j00000001' as JobId;

interface ReceivedRequest {
  headers: IncomingHttpHeaders;
  body: string;
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function receiver(
  respond: (response: ServerResponse) => void,
): Promise<{ origin: string; received: ReceivedRequest[] }> {
  const received: ReceivedRequest[] = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      respond(response);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

function delivery(url: string): Delivery {
  const record = new JobRecord(ID, { id: ID, state: 'failed', cause: 'deadline', hook: JSON.stringify({ url }) });
  return { job: ID, id: `${ID}.finished`, end: 1, attempt: 1, url, record };
}

const deliverTo = (url: string, webhooks: object, env: Record<string, string> = {}) =>
  deliver(delivery(url), { policy: parsePolicy({ webhooks }), env, wallMs: () => 1_700_000_000_999 });

describe('a delivery', () => {
  it('carries the job, its id, and a signature that the receiver can verify (F169)', async () => {
    const { origin, received } = await receiver((response) => response.end('thanks'));
    const webhooks = { trustedOrigins: [origin], secretEnv: 'HOOK_SECRET' };
    expect(await deliverTo(`${origin}/hook?token=1`, webhooks, { HOOK_SECRET: SECRET })).toEqual({ ok: true });
    const [{ headers, body }] = received as [ReceivedRequest];
    expect(headers).toMatchObject({ 'leeway-delivery': `${ID}.finished`, 'leeway-attempt': '1' });
    const mac = createHmac('sha256', SECRET).update(`1700000000.${body}`).digest('hex');
    expect(headers['leeway-signature']).toBe(`t=1700000000,v1=${mac}`);
    expect(JSON.parse(body)).toMatchObject({ event: 'finished', leftOut: [], job: { id: ID, cause: 'deadline' } });
    expect(body).not.toContain('token');
  });

  it('is not sent where the policy requires a signature and the secret is missing (F169)', async () => {
    const { origin, received } = await receiver((response) => response.end());
    const result = await deliverTo(origin, { trustedOrigins: [origin], secretEnv: 'HOOK_SECRET' });
    expect(result).toEqual({ ok: false, error: expect.stringContaining('HOOK_SECRET'), isFinal: false });
    expect(received).toEqual([]);
  });

  it('follows no redirect, and is final after a 410 (F169)', async () => {
    let status = 302;
    const { origin, received } = await receiver((response) =>
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(),
    );
    const webhooks = { trustedOrigins: [origin] };
    expect(await deliverTo(origin, webhooks)).toMatchObject({ ok: false, isFinal: false });
    status = 410;
    expect(await deliverTo(origin, webhooks)).toMatchObject({ ok: false, isFinal: true, error: 'it answered 410' });
    expect(received).toHaveLength(2);
  });

  it('ends within timeoutMs, and reads only the beginning of a long response (F169)', async () => {
    let sent = 0;
    const { origin } = await receiver((response) => {
      if (sent === 0) return void (sent = 1);
      const more = () => response.writable && (sent += 65_536) && response.write(Buffer.alloc(65_536), more);
      response.writeHead(200);
      more();
      return undefined;
    });
    const webhooks = { trustedOrigins: [origin], timeoutMs: 300 };
    expect(await deliverTo(origin, webhooks)).toMatchObject({ ok: false, error: 'no answer within 300 ms' });
    expect(await deliverTo(origin, { ...webhooks, timeoutMs: 60_000 })).toEqual({ ok: true });
    await expect.poll(() => new Promise((resolve) => server?.getConnections((_, count) => resolve(count)))).toBe(0);
  });

  it('is checked against the present policy, which may have become stricter (F169)', async () => {
    expect(await deliverTo('https://hooks.example.com/', { allow: [] })).toMatchObject({ ok: false, isFinal: true });
  });

  it('goes only to checked addresses, and to none if one of them is not public (F169)', async () => {
    const look = (addresses: string[], all: boolean) =>
      new Promise((resolve) =>
        publicLookup(() => Promise.resolve(addresses))('hooks.example.com', { all }, (error, ...found) =>
          resolve(error === null ? found : error.message),
        ),
      );
    expect(await look(['1.1.1.1', '2606:4700::1111'], false)).toEqual(['1.1.1.1', 4]);
    expect(await look(['1.1.1.1'], true)).toEqual([[{ address: '1.1.1.1', family: 4 }]]);
    for (const addresses of [['127.0.0.1'], ['1.1.1.1', '10.0.0.1'], ['::ffff:10.0.0.1'], []])
      expect(await look(addresses, true)).toMatch(/not on the internet/);
    const result = await deliver(delivery('https://hooks.example.com/?token=1'), {
      policy: parsePolicy(),
      env: {},
      wallMs: () => 0,
      resolve: () => Promise.resolve(['127.0.0.1']),
    });
    expect(result).toEqual({
      ok: false,
      error: 'hooks.example.com resolves to an address that is not on the internet',
      isFinal: false,
    });
  });
});

describe('the code for receivers in docs/webhooks.md', () => {
  it('accepts a fresh signature and nothing else (F169)', async () => {
    const page = readFileSync(new URL('../../../../docs/webhooks.md', import.meta.url), 'utf8');
    const [, code = ''] = /```js\n([\s\S]*?)```/.exec(page) ?? [];
    const { verify } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
      verify: (body: string, header: string | undefined, secret: string, nowMs?: number) => boolean;
    };
    const nowMs = Date.now();
    const header = signature('{"a":"ä"}', SECRET, nowMs);
    expect(verify('{"a":"ä"}', header, SECRET)).toBe(true);
    expect(verify('{"a":"b"}', header, SECRET)).toBe(false);
    expect(verify('{"a":"ä"}', header, 'another')).toBe(false);
    expect(verify('{"a":"ä"}', header, SECRET, nowMs + 400_000)).toBe(false);
    for (const wrong of [undefined, '', 't=1', 't=1,v1=00']) expect(verify('', wrong, SECRET, 1_000)).toBe(false);
  });
});

describe('the body of a delivery', () => {
  it('lists the fields that are left out because it would be too large (F169)', () => {
    const big = { id: ID, result: 'r'.repeat(5_000), input: 'i'.repeat(5_000), error: null } as unknown as Job;
    expect(JSON.parse(deliveryBody('d', big, 20_000))).toEqual({
      event: 'finished',
      delivery: 'd',
      leftOut: [],
      job: big,
    });
    expect(JSON.parse(deliveryBody('d', big, 8_000))).toMatchObject({
      leftOut: ['result'],
      job: { result: null, input: big.input },
    });
    expect(Buffer.byteLength(deliveryBody('d', big, 4_096))).toBeLessThan(4_096);
  });

  it('is signed with the time, so that it cannot be replayed later (F169)', () => {
    expect(signature('{}', SECRET, 1_000)).not.toBe(signature('{}', SECRET, 2_000));
    expect(signature('{}', SECRET, 1_000)).toBe(signature('{}', SECRET, 1_999));
  });
});
