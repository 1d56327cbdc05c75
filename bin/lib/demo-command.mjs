import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { installPackages } from './packages.mjs';
import { ROOT } from './paths.mjs';
import { orRefuse } from './refusal.mjs';
import { step } from './steps.mjs';

/** `npm run demo`: from a bare checkout to the demo, which brings its own stack when none is running. */
export function demo() {
  return orRefuse(async () => {
    await step('Packages', installPackages);
    await step('Build', build);
    await import(pathToFileURL(join(ROOT, 'examples', 'demo', 'dist', 'main.js')).href);
  });
}
