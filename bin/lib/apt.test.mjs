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

test('dependencies are grouped by alternatives, without virtual and recommended packages', () => {
  expect(readDependencies(TEXT)).toEqual([['libc6'], ['libsystemd0', 'libelogind0'], ['dpkg'], ['debconf'], []]);
});
