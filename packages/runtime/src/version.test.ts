import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { productVersion } from './version.js';

const root = new URL('../../../', import.meta.url);
const versionOf = (path: string) =>
  (JSON.parse(readFileSync(new URL(`${path}/package.json`, root), 'utf8')) as { version: string }).version;

it('every package and app carries the version of the product', () => {
  const folders = ['apps', 'packages'].flatMap((folder) =>
    readdirSync(new URL(folder, root)).map((name) => `${folder}/${name}`),
  );
  for (const folder of folders) expect([folder, versionOf(folder)]).toEqual([folder, productVersion()]);
});
