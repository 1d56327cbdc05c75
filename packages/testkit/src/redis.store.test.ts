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

function send(socketPath: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath, () => socket.write(`${command}\r\n`));
    socket.once('data', (reply) => {
      resolve(reply.toString());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

test('a Redis with an append-only file keeps its data over kill -9 and restart', async () => {
  const { socketPath, kill9, restart } = await start({ appendOnly: true });
  await send(socketPath, 'SET answer 42');
  await kill9();
  await expect(send(socketPath, 'GET answer')).rejects.toThrow();
  await restart();
  expect(await send(socketPath, 'GET answer')).toContain('42');
});

test('a Redis without an append-only file is empty after a restart', async () => {
  const { socketPath, restart } = await start();
  await send(socketPath, 'SET answer 42');
  await restart();
  expect(await send(socketPath, 'GET answer')).toBe('$-1\r\n');
});

test('stop removes the folder, and may be called twice', async () => {
  const { folder, stop } = await start();
  await stop();
  await stop();
  expect(existsSync(folder)).toBe(false);
});

test('a server that cannot start is reported with its exit code and output', async () => {
  await expect(startRedis({ args: ['--no-such-option', '1'] })).rejects.toThrow(/ended with code 1[^]*no-such-option/);
});
