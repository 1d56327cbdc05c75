import { existsSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { connect } from 'node:net';
import { startRedis, type PrivateRedis, type RedisOptions } from './redis.js';

let redis: PrivateRedis | undefined;
afterEach(() => redis?.stop());

async function start(options?: RedisOptions): Promise<PrivateRedis> {
  redis = await startRedis(options);
  return redis;
}

function ask(socketPath: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath, () => socket.write(`${command}\r\n`));
    socket.once('data', (reply) => {
      resolve(reply.toString());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

test('an append-only Redis has its data after kill -9 and restart', async () => {
  const { socketPath, kill9, restart } = await start({ appendOnly: true });
  await ask(socketPath, 'SET answer 42');
  await kill9();
  await expect(ask(socketPath, 'GET answer')).rejects.toThrow();
  await restart();
  expect(await ask(socketPath, 'GET answer')).toContain('42');
});

test('a Redis without append-only file starts empty', async () => {
  const { socketPath, restart } = await start();
  await ask(socketPath, 'SET answer 42');
  await restart();
  expect(await ask(socketPath, 'GET answer')).toBe('$-1\r\n');
});

test('stop removes the folder and may be called twice', async () => {
  const { folder, stop } = await start();
  await stop();
  await stop();
  expect(existsSync(folder)).toBe(false);
});

test('a server that cannot start says why', async () => {
  await expect(startRedis({ args: ['--no-such-option', '1'] })).rejects.toThrow(/ended with code 1[^]*no-such-option/);
});
