import type { IncomingMessage, RequestListener } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { HttpServer } from './http-server.js';
import { takeConnection } from './http-upgrade.js';

const opened: HttpServer[] = [];
const timeIsUp = AbortSignal.abort();

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
  await Promise.all(opened.splice(0).map((each) => each.stop(timeIsUp)));
});

test('a server listens on a free port and knows its URL', async () => {
  const first = server(0);
  await first.start();
  expect(await (await fetch(first.url)).text()).toBe('hello');
});

test('a port in use is refused with the variable to change', async () => {
  const first = server(0);
  await first.start();
  await expect(server(first.port).start()).rejects.toThrow(
    `Port ${first.port} on 127.0.0.1 is in use. Set PORT to another one.`,
  );
});

// The test's timeout is below the server's keep-alive timeout: stop must not wait for an idle connection.
test('stop waits for open requests, and may be called twice or before start', { timeout: 2_500 }, async () => {
  let release = () => {};
  const slow = server(0, (_request, response) => void (release = () => response.end('late')));
  await slow.stop(timeIsUp);
  await slow.start();
  const reply = fetch(slow.url);
  await expect.poll(() => String(release)).toContain('late');
  const stopped = slow.stop(new AbortController().signal);
  release();
  expect(await (await reply).text()).toBe('late');
  await stopped;
  await slow.stop(timeIsUp);
});

test('stop closes open requests when the time is up', async () => {
  let requested = false;
  const hanging = server(0, () => void (requested = true));
  await hanging.start();
  const reply = fetch(hanging.url).catch((error: unknown) => error);
  await expect.poll(() => requested).toBe(true);
  await hanging.stop(timeIsUp);
  expect(await reply).toBeInstanceOf(Error);
});

describe('a request for an upgrade to another protocol', () => {
  const upgradeRequest = (path: string, more = '') =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n${more}\r\n`;

  test('is served as plain HTTP, body included, where upgrades are not allowed, and the connection stays open', async () => {
    const plain = upgrading(async (request, response) => response.end(`read ${await bodyOf(request)}`));
    await plain.start();
    const client = rawClient(plain.port);
    client.write(`${upgradeRequest('/plain', 'Content-Length: 5\r\n')}hello`);
    await expect.poll(client.received).toContain('read hello');
    client.write(`${upgradeRequest('/plain', 'Transfer-Encoding: chunked\r\n')}3\r\nabc\r\n0\r\n\r\n`);
    await expect.poll(client.received).toContain('read abc');
    expect(client.received()).not.toContain('101');
  });

  test('can be refused where upgrades are allowed, and the connection is closed', async () => {
    const refusing = upgrading((_request, response) => response.writeHead(403).end('no'));
    await refusing.start();
    const client = rawClient(refusing.port);
    client.write(upgradeRequest('/changes'));
    await client.closed;
    expect(client.received()).toMatch(/^HTTP\/1\.1 403 /);
    expect(client.received()).toContain('\r\nno\r\n');
  });

  test('receives the connection with the bytes after its headers, and stop closes it when the time is up', async () => {
    let closed = false;
    const changing = upgrading((_request, response) => {
      response.once('close', () => (closed = true));
      const socket = takeConnection(response);
      socket?.on('data', (chunk: Buffer) => socket.write(`echo ${chunk.toString()}`));
    });
    await changing.start();
    const client = rawClient(changing.port);
    client.write(`${upgradeRequest('/changes')}early`);
    await expect.poll(client.received).toBe('echo early');
    expect(closed).toBe(true);
    await changing.stop(timeIsUp);
    await client.closed;
  });

  test('that is aborted by the client does no harm', async () => {
    const hanging = upgrading(() => {});
    await hanging.start();
    const client = rawClient(hanging.port);
    client.write(upgradeRequest('/changes'));
    client.reset();
    const next = rawClient(hanging.port);
    next.write(upgradeRequest('/changes'));
    await hanging.stop(timeIsUp);
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

/** A client that sends and receives raw bytes. */
function rawClient(port: number) {
  let received = '';
  const socket = connect(port, '127.0.0.1');
  socket.on('data', (chunk: Buffer) => (received += chunk.toString())).on('error', () => {});
  return {
    write: (text: string) => socket.write(text),
    reset: () => socket.resetAndDestroy(),
    received: () => received,
    closed: new Promise<void>((resolve) => socket.once('close', () => resolve())),
  };
}
