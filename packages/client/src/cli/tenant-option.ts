import type { Command } from 'commander';
import { withShared } from './session.js';

/** The options of a command about the history of one tenant. */
export function withTenant(command: Command): Command {
  return withShared(command).option('--tenant <name>', 'whose history, with an admin key (default: your own)');
}
