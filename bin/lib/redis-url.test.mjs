import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkRedisUrl } from './redis-url.mjs';

let server;
let port;
beforeEach(async () => {
  server = createServer((socket) => socket.on('error', () => {}));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = server.address().port;
});
afterEach(() => server.close());

const check = async (url) => {
  let shown;
  await checkRedisUrl(url, (text) => (shown = text));
  return shown;
};

test('something listens: it is shown without its password', async () => {
  expect(await check(`redis://user:secret@127.0.0.1:${port}/2`)).toBe(`redis://127.0.0.1:${port}`);
});

test('of a cluster one address is enough', async () => {
  expect(await check(`redis://127.0.0.1:1,redis://127.0.0.1:${port}`)).toContain(`:${port}`);
});

test('nobody there: refused with the address and the reason, without the password', async () => {
  const checking = check('redis://:secret@127.0.0.1:1');
  await expect(checking).rejects.toThrow(/redis:\/\/127\.0\.0\.1:1: ECONNREFUSED/);
  await expect(checking).rejects.not.toThrow('secret');
});

test('a socket that is not there is refused', async () => {
  await expect(check('unix:///nowhere/redis.sock')).rejects.toThrow('unix:///nowhere/redis.sock: ENOENT');
});

test('another scheme is refused', async () => {
  await expect(check('http://127.0.0.1:6379')).rejects.toThrow('begins with http://');
});
