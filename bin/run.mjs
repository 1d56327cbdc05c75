#!/usr/bin/env node
// Runs a command of package.json's scripts: node bin/run.mjs start|test|demo|check|bench|chaos [arguments]
import { requireNode } from './lib/node-version.mjs';

requireNode();
// A program that the command imports finds its arguments where it would without this file.
const [command] = process.argv.splice(2, 1);
// Imported after the check: an old Node fails on newer syntax before it can name the version that is needed.
void import(`./commands/${command}.mjs`).then(({ main }) => main(process.argv.slice(2)));
