import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from '../lib/build.mjs';
import { installPackages } from '../lib/packages.mjs';
import { ROOT } from '../lib/paths.mjs';
import { orRefuse } from '../lib/refusal.mjs';
import { step } from '../lib/steps.mjs';

const DEMO = join(ROOT, 'examples', 'demo', 'dist', 'main.js');

/** `npm run demo`: from a bare checkout to the demo, which starts a stack of its own when none is running. */
export function main() {
  return orRefuse(async () => {
    await step('Packages', installPackages);
    await step('Build', build);
    await import(pathToFileURL(DEMO).href);
  });
}
