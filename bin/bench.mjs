#!/usr/bin/env node
import { requireNode } from './lib/node-version.mjs';

requireNode();
void import('./lib/bench-command.mjs').then(({ bench }) => bench(process.argv.slice(2)));
