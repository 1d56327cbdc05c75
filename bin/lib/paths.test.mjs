import { expect, test } from 'vitest';
import { pathBeforeNpm } from './paths.mjs';

test("what npm put before PATH is not the jobs' PATH", () => {
  const npms =
    '/app/node_modules/.bin:/node_modules/.bin:/usr/lib/node_modules/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin';
  expect(pathBeforeNpm(`${npms}:/home/me/node_modules/.bin:/usr/bin`)).toBe('/home/me/node_modules/.bin:/usr/bin');
});

test('a PATH that npm did not touch stays as it is', () => {
  expect(pathBeforeNpm('/app/node_modules/.bin:/usr/bin')).toBe('/app/node_modules/.bin:/usr/bin');
});
