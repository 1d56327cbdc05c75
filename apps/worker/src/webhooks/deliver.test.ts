import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parsePolicy, type Job, type JobId } from '@leeway/contract';
import { type Delivery, JobRecord } from '@leeway/queue';
import { afterEach, describe, expect, it } from 'vitest';
import { deliver } from './deliver.js';
import { deliveryBody } from './delivery-body.js';
import { publicLookup } from './public-lookup.js';
import { signature } from './signature.js';

const SECRET = 'only the two of us know';
const ID = 'j00000001' as JobId;

interface Came {
  headers: IncomingHttpHeaders;
  body: string;
}

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function receiver(answer: (response: ServerResponse) => void): Promise<{ origin: string; came: Came[] }> {
  const came: Came[] = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      came.push({ headers: request.headers, body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, came };
}

function delivery(url: string): Delivery {
  const record = new JobRecord(ID, { id: ID, state: 'failed', cause: 'deadline', hook: JSON.stringify({ url }) });
  return { job: ID, id: `${ID}.finished`, end: 1, attempt: 1, url, record };
}

const tell = (url: string, webhooks: object, env: Record<string, string> = {}) =>
  deliver(delivery(url), { policy: parsePolicy({ webhooks }), env, wallMs: () => 1_700_000_000_999 });

describe('a delivery', () => {
  it('carries the job, its id, and a signature that the receiver can verify (F169)', async () => {
    const { origin, came } = await receiver((response) => response.end('thanks'));
    const webhooks = { trustedOrigins: [origin], secretEnv: 'HOOK_SECRET' };
    expect(await tell(`${origin}/hook?token=1`, webhooks, { HOOK_SECRET: SECRET })).toEqual({ ok: true });
    const [{ headers, body }] = came as [Came];
    expect(headers).toMatchObject({ 'leeway-delivery': `${ID}.finished`, 'leeway-attempt': '1' });
    const mac = createHmac('sha256', SECRET).update(`1700000000.${body}`).digest('hex');
    expect(headers['leeway-signature']).toBe(`t=1700000000,v1=${mac}`);
    expect(JSON.parse(body)).toMatchObject({ event: 'finished', leftOut: [], job: { id: ID, cause: 'deadline' } });
    expect(body).not.toContain('token');
  });

  it('is not sent unsigned where the secret is missing (F169)', async () => {
    const { origin, came } = await receiver((response) => response.end());
    const result = await tell(origin, { trustedOrigins: [origin], secretEnv: 'HOOK_SECRET' });
    expect(result).toEqual({ ok: false, error: expect.stringContaining('HOOK_SECRET'), isFinal: false });
    expect(came).toEqual([]);
  });

  it('follows no redirect, and takes 410 for an answer (F169)', async () => {
    let status = 302;
    const { origin, came } = await receiver((response) =>
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(),
    );
    const webhooks = { trustedOrigins: [origin] };
    expect(await tell(origin, webhooks)).toMatchObject({ ok: false, isFinal: false });
    status = 410;
    expect(await tell(origin, webhooks)).toMatchObject({ ok: false, isFinal: true, error: 'it answered 410' });
    expect(came).toHaveLength(2);
  });

  it('ends in time whatever the receiver does, and reads little of a long answer (F169)', async () => {
    let sent = 0;
    const { origin } = await receiver((response) => {
      if (sent === 0) return void (sent = 1);
      const more = () => response.writable && (sent += 65_536) && response.write(Buffer.alloc(65_536), more);
      response.writeHead(200);
      more();
      return undefined;
    });
    const webhooks = { trustedOrigins: [origin], timeoutMs: 300 };
    expect(await tell(origin, webhooks)).toMatchObject({ ok: false, error: 'no answer within 300 ms' });
    expect(await tell(origin, { ...webhooks, timeoutMs: 60_000 })).toEqual({ ok: true });
    await expect.poll(() => new Promise((resolve) => server?.getConnections((_, count) => resolve(count)))).toBe(0);
  });

  it('asks the policy of now, which may have become stricter (F169)', async () => {
    expect(await tell('https://hooks.example.com/', { allow: [] })).toMatchObject({ ok: false, isFinal: true });
  });

  it('goes to no address but those that were checked, and to none if one of them is not public (F169)', async () => {
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

describe('what docs/webhooks.md tells receivers to do', () => {
  it('takes what was signed just now, and nothing else (F169)', async () => {
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

describe('what is sent', () => {
  it('leaves out what makes it too large, and says so (F169)', () => {
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

  it('is signed with the time, so that it cannot be sent again later (F169)', () => {
    expect(signature('{}', SECRET, 1_000)).not.toBe(signature('{}', SECRET, 2_000));
    expect(signature('{}', SECRET, 1_000)).toBe(signature('{}', SECRET, 1_999));
  });
});
