#!/usr/bin/env node
import { requireNode } from './lib/node-version.mjs';

requireNode();
void import('./lib/check-command.mjs').then(({ check }) => check());
