#!/usr/bin/env node
// Committed, so that the package manager can link it before anything is built.
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  process.stderr.write('leeway: not built yet. Run `npm start` or `npm run build` in the checkout first.\n');
  process.exitCode = 1;
}
