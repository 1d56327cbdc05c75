import { describe, expect, it } from 'vitest';
import { pathWithoutNpm } from './path-without-npm.js';

describe('the PATH of jobs', () => {
  it('lacks the folders that npm put in front', () => {
    const ofNpm =
      '/app/node_modules/.bin:/node_modules/.bin:/usr/lib/node_modules/npm/node_modules/@npmcli/run-script/lib/node-gyp-bin';
    expect(pathWithoutNpm(`${ofNpm}:/home/me/node_modules/.bin:/usr/bin`)).toBe('/home/me/node_modules/.bin:/usr/bin');
  });

  it('is the PATH of the start where npm changed nothing', () => {
    expect(pathWithoutNpm('/app/node_modules/.bin:/usr/bin')).toBe('/app/node_modules/.bin:/usr/bin');
  });
});
