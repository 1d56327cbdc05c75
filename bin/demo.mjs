#!/usr/bin/env node
import { requireNode } from './lib/node-version.mjs';

requireNode();
void import('./lib/demo-command.mjs').then(({ demo }) => demo());
