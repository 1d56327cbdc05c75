import { Command, CommanderError } from 'commander';
import { ApiError } from '../api-error.js';
import {
  cancelCommand,
  limitsCommand,
  pauseCommand,
  resumeCommand,
  retryCommand,
} from './commands/control-commands.js';
import { classesCommand, estimateCommand } from './commands/estimate-commands.js';
import { historyCommand } from './commands/history-commands.js';
import { getCommand, listCommand } from './commands/job-commands.js';
import { runCommand, submitCommand, watchCommand } from './commands/run-commands.js';
import { providersCommand, workersCommand } from './commands/worker-commands.js';
import { EXIT } from './exit-code.js';
import { printable } from './printable.js';
import { Session, UsageError, withShared, type CliWorld } from './session.js';

const COMMANDS = [
  submitCommand,
  runCommand,
  watchCommand,
  getCommand,
  listCommand,
  cancelCommand,
  pauseCommand,
  resumeCommand,
  retryCommand,
  limitsCommand,
  estimateCommand,
  classesCommand,
  historyCommand,
  workersCommand,
  providersCommand,
];

/** Runs one command line, without the program's name. Resolves with the exit code, also for every error that a user can cause. */
export async function runProgram(args: readonly string[], world: CliWorld): Promise<number> {
  const session = new Session(world);
  const program = buildProgram(session);
  try {
    await program.parseAsync(args, { from: 'user' });
    return session.exitCode;
  } catch (error) {
    return report(error, session);
  }
}

function buildProgram(session: Session): Command {
  const program = new Command('leeway').description(
    'Submit work to Leeway, watch it, and see what has been learned about it.',
  );
  withShared(program).enablePositionalOptions().showHelpAfterError('(leeway --help lists the commands)');
  program.addHelpText(
    'after',
    '\nReads LEEWAY_URL (address of the API) and LEEWAY_KEY (API key).\nExample: leeway run --label report -- node -e "console.log(1)"',
  );
  for (const make of COMMANDS) program.addCommand(make(session));
  for (const command of withSubcommands(program)) {
    // commander would end the process itself, and would write to the terminal of the process.
    command.exitOverride().configureOutput({
      writeOut: session.terminal.out,
      writeErr: session.terminal.err,
      getOutHelpWidth: () => helpWidth(session),
      getErrHelpWidth: () => helpWidth(session),
    });
  }
  return program;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

const HELP_WIDTH = 100;

function helpWidth(session: Session): number {
  return Math.min(session.terminal.columns, HELP_WIDTH);
}

/** One line on stderr: what happened and what to do about it. */
function report(error: unknown, session: Session): number {
  // commander has printed help or its own error line already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof UsageError) {
    session.terminal.err(`leeway: ${printable(error.message)}\n`);
    return EXIT.usage;
  }
  if (!(error instanceof ApiError)) throw error;
  session.terminal.err(
    session.json
      ? `${JSON.stringify({ error })}\n`
      : `leeway: ${sentence(printable(error.detail))} ${printable(error.advice)}${requestText(error)}\n`,
  );
  return session.failureCode;
}

/** With a full stop: details of the API are sentences, those of the client are not. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function requestText(error: ApiError): string {
  return error.code === 'internal' && error.requestId !== undefined ? ` (request ${error.requestId})` : '';
}
