import { Command } from 'commander';
import { withShared, type Session } from '../session.js';
import { exportCommand } from './history-export-command.js';
import { importCommand } from './history-import-command.js';
import { resetCommand } from './history-reset-command.js';

export function historyCommand(session: Session): Command {
  const command = new Command('history')
    .description('move what has been learned from one place to another, or forget it')
    .argument('<what>', 'export, import or reset')
    .usage('<export|import|reset> [options]');
  withShared(command);
  for (const make of [exportCommand, importCommand, resetCommand]) command.addCommand(make(session));
  return command;
}
