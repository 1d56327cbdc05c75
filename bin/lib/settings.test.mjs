import { expect, test } from 'vitest';
import { readSettings } from './settings.mjs';

test('the defaults are loopback, ports 3000 and 3001, two workers and a private Redis', () => {
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

test('all problems are listed in one message, with the given values', () => {
  const read = () => readSettings({ PORT: '80a', DASHBOARD_PORT: '70000', LEEWAY_WORKERS: '-1' });
  expect(read).toThrow(/PORT: .* 1 to 65535; got "80a"\.\nDASHBOARD_PORT: .*got "70000"\.\nLEEWAY_WORKERS: .*got "-1"/);
});

test('two equal ports are refused', () => {
  expect(() => readSettings({ PORT: '3001' })).toThrow('PORT and DASHBOARD_PORT are both 3001');
});
