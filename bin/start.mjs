#!/usr/bin/env node
import { requireNode } from './lib/node-version.mjs';

requireNode();
// Imported only now: an old Node would stumble over newer syntax before it could say that it is old.
void import('./lib/start-command.mjs').then(({ start }) => start());
