#!/usr/bin/env node
import { requireNode } from './lib/node-version.mjs';

requireNode();
void import('./lib/test-command.mjs').then(({ test }) => test(process.argv.slice(2)));
