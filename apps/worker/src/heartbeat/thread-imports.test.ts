import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const HERE = dirname(fileURLToPath(import.meta.url));
const PACKAGES = join(HERE, '../../../../packages');
/** Imports that are there when it runs: types are not. */
const IMPORT = /^(?:import|export) (?!type )[^'"]*?from '([^']+)';/gms;

/** The source of what a package of this repository exports under a name. */
function sourceOf(own: string, part: string | undefined): string {
  const { exports } = JSON.parse(readFileSync(join(PACKAGES, own, 'package.json'), 'utf8')) as {
    exports: Record<string, { 'leeway-source': string }>;
  };
  return join(PACKAGES, own, exports[part === undefined ? '.' : `./${part}`]?.['leeway-source'] ?? 'not exported');
}

/** Every package that a module loads, through all the modules of this repository that it imports. */
function packagesOf(file: string, seen = new Set<string>()): Set<string> {
  const found = new Set<string>();
  if (seen.has(file)) return found;
  seen.add(file);
  for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
    const [, own, part] = /^@leeway\/([^/]+)(?:\/(.+))?$/.exec(name) ?? [];
    const source = name.startsWith('.')
      ? join(dirname(file), name.replace(/\.js$/, '.ts'))
      : own === undefined
        ? ''
        : sourceOf(own, part);
    if (name.startsWith('.') || own !== undefined) {
      expect(existsSync(source), source).toBe(true);
      for (const each of packagesOf(source, seen)) found.add(each);
    } else if (!name.startsWith('node:')) found.add(name);
  }
  return found;
}

it('the heartbeat thread loads little: every worker starts it, and holds what it loads a second time', () => {
  expect([...packagesOf(join(HERE, 'thread.ts'))].toSorted()).toEqual(['ioredis', 'pino']);
});
