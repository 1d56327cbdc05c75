import type { IncomingMessage, RequestListener } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { HttpServer } from './http-server.js';
import { takeConnection } from './http-upgrade.js';

const opened: HttpServer[] = [];
const limitOver = AbortSignal.abort();

function server(port: number, listener: RequestListener = (_request, response) => response.end('hello')): HttpServer {
  const made = new HttpServer({
    name: 'test server',
    host: '127.0.0.1',
    port,
    portVariable: 'PORT',
    listener: () => listener,
  });
  opened.push(made);
  return made;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.stop(limitOver)));
});

test('answers on the port it was given and says which', async () => {
  const first = server(0);
  await first.start();
  expect(await (await fetch(first.url)).text()).toBe('hello');
});

test('a taken port is said in words with the variable to set', async () => {
  const first = server(0);
  await first.start();
  await expect(server(first.port).start()).rejects.toThrow(
    `Port ${first.port} on 127.0.0.1 is in use. Set PORT to another one.`,
  );
});

// The time limit is below the server's keep-alive time: a connection that became idle must not be waited for.
test('stop lets a request under way end, and twice or before start is fine', { timeout: 2_500 }, async () => {
  let release = () => {};
  const slow = server(0, (_request, response) => void (release = () => response.end('late')));
  await slow.stop(limitOver);
  await slow.start();
  const reply = fetch(slow.url);
  await expect.poll(() => String(release)).toContain('late');
  const stopped = slow.stop(new AbortController().signal);
  release();
  expect(await (await reply).text()).toBe('late');
  await stopped;
  await slow.stop(limitOver);
});

test('stop cuts what is still open when the limit is over', async () => {
  let asked = false;
  const hanging = server(0, () => void (asked = true));
  await hanging.start();
  const reply = fetch(hanging.url).catch((error: unknown) => error);
  await expect.poll(() => asked).toBe(true);
  await hanging.stop(limitOver);
  expect(await reply).toBeInstanceOf(Error);
});

describe('a request that asks for another protocol', () => {
  const asking = (path: string, more = '') =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n${more}\r\n`;

  test('is answered as any other where it may not have it, its body included, and the connection goes on', async () => {
    const plain = upgrading(async (request, response) => response.end(`read ${await bodyOf(request)}`));
    await plain.start();
    const client = talk(plain.port);
    client.write(`${asking('/plain', 'Content-Length: 5\r\n')}hello`);
    await expect.poll(client.said).toContain('read hello');
    client.write(`${asking('/plain', 'Transfer-Encoding: chunked\r\n')}3\r\nabc\r\n0\r\n\r\n`);
    await expect.poll(client.said).toContain('read abc');
    expect(client.said()).not.toContain('101');
  });

  test('may be refused where it may have it, and the connection ends', async () => {
    const refusing = upgrading((_request, response) => response.writeHead(403).end('no'));
    await refusing.start();
    const client = talk(refusing.port);
    client.write(asking('/changes'));
    await client.closed;
    expect(client.said()).toMatch(/^HTTP\/1\.1 403 /);
    expect(client.said()).toContain('\r\nno\r\n');
  });

  test('gets the connection, with what was sent after its headers; stop cuts it when the limit is over', async () => {
    let closed = false;
    const changing = upgrading((_request, response) => {
      response.once('close', () => (closed = true));
      const socket = takeConnection(response);
      socket?.on('data', (chunk: Buffer) => socket.write(`echo ${chunk.toString()}`));
    });
    await changing.start();
    const client = talk(changing.port);
    client.write(`${asking('/changes')}early`);
    await expect.poll(client.said).toBe('echo early');
    expect(closed).toBe(true);
    await changing.stop(limitOver);
    await client.closed;
  });

  test('and breaks off does no harm', async () => {
    const hanging = upgrading(() => {});
    await hanging.start();
    const client = talk(hanging.port);
    client.write(asking('/changes'));
    client.reset();
    const next = talk(hanging.port);
    next.write(asking('/changes'));
    await hanging.stop(limitOver);
    await next.closed;
  });
});

function upgrading(listener: RequestListener): HttpServer {
  const made = new HttpServer({
    ...{ name: 'test server', host: '127.0.0.1', port: 0, portVariable: 'PORT' },
    listener: () => listener,
    mayUpgrade: ({ url }) => url === '/changes',
  });
  opened.push(made);
  return made;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

/** A client that sends bytes as they are. */
function talk(port: number) {
  let said = '';
  const socket = connect(port, '127.0.0.1');
  socket.on('data', (chunk: Buffer) => (said += chunk.toString())).on('error', () => {});
  return {
    write: (text: string) => socket.write(text),
    reset: () => socket.resetAndDestroy(),
    said: () => said,
    closed: new Promise<void>((resolve) => socket.once('close', () => resolve())),
  };
}
