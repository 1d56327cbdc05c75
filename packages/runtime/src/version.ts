import { readFileSync } from 'node:fs';

/** The version of this release, from package.json: all packages and apps carry the same one. */
export function productVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
