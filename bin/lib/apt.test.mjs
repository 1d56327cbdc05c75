import { expect, test } from 'vitest';
import { readDependencies } from './apt.mjs';

const TEXT = `redis-tools
  Depends: libc6
 |Depends: libsystemd0
  Depends: libelogind0
  PreDepends: dpkg
 |Depends: <debconf-2.0>
    cdebconf
  Depends: debconf
  Depends: <virtual-only>
  Recommends: ruby
`;

test('reads alternatives together, leaves out what is virtual or only recommended', () => {
  expect(readDependencies(TEXT)).toEqual([['libc6'], ['libsystemd0', 'libelogind0'], ['dpkg'], ['debconf'], []]);
});
