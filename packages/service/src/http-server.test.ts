import type { RequestListener } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { HttpServer } from './http-server.js';

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
