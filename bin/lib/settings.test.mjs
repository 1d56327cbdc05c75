import { expect, test } from 'vitest';
import { localUrl, readSettings } from './settings.mjs';

test('without any variable: loopback, ports 3000 and 3001, two workers, a Redis of its own', () => {
  expect(readSettings({})).toMatchObject({
    host: '127.0.0.1',
    apiPort: 3000,
    dashboardPort: 3001,
    workers: 2,
    redisUrl: undefined,
  });
});

test('an empty variable counts as not set', () => {
  expect(readSettings({ PORT: '', REDIS_URL: '', LEEWAY_DATA: '' })).toEqual(readSettings({}));
});

test('every problem is in one message, with what was given', () => {
  const read = () => readSettings({ PORT: '80a', DASHBOARD_PORT: '70000', LEEWAY_WORKERS: '-1' });
  expect(read).toThrow(/PORT .* 1 to 65535; got "80a"\.\nDASHBOARD_PORT .*got "70000"\.\nLEEWAY_WORKERS .*got "-1"/);
});

test('the two ports have to differ', () => {
  expect(() => readSettings({ PORT: '3001' })).toThrow('PORT and DASHBOARD_PORT are both 3001');
});

test.each([
  ['127.0.0.1', 'http://127.0.0.1:3000'],
  ['0.0.0.0', 'http://127.0.0.1:3000'],
  ['::', 'http://[::1]:3000'],
  ['::1', 'http://[::1]:3000'],
  ['localhost', 'http://localhost:3000'],
])('a server on %s is reached at %s', (host, url) => {
  expect(localUrl(host, 3000)).toBe(url);
});
