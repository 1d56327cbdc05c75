#!/usr/bin/env node
import { requireNode } from './lib/node-version.mjs';

requireNode();
void import('./lib/chaos-command.mjs').then(({ chaos }) => chaos(process.argv.slice(2)));
