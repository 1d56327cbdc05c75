import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const folder = new URL('.', import.meta.url);
/** Imports that exist at run time: those of types do not. */
const IMPORT = /^(?:import|export) (?!type )[^'"]*?from '([^'.][^']*)';/gms;

it('this package loads nothing but the timeout of the runtime: no Redis, no BullMQ, no schemas', () => {
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!\.test)\.ts$/.test(name),
  );
  const loaded = sources.flatMap((name) =>
    [...readFileSync(new URL(name, folder), 'utf8').matchAll(IMPORT)].map(([, from = '']) => from),
  );
  expect([...new Set(loaded)].toSorted()).toEqual(['@leeway/runtime/timeout', 'node:util']);
});
