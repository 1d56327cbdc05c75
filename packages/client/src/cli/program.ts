import { Command, CommanderError } from 'commander';
import { ApiError } from '../api-error.js';
import { cancelCommand } from './commands/cancel-command.js';
import { classesCommand } from './commands/classes-command.js';
import { estimateCommand } from './commands/estimate-command.js';
import { getCommand } from './commands/get-command.js';
import { limitsCommand } from './commands/limits-command.js';
import { historyCommand } from './commands/history-command.js';
import { listCommand } from './commands/list-command.js';
import { pauseCommand } from './commands/pause-command.js';
import { resumeCommand } from './commands/resume-command.js';
import { retryCommand } from './commands/retry-command.js';
import { runCommand } from './commands/run-command.js';
import { submitCommand } from './commands/submit-command.js';
import { watchCommand } from './commands/watch-command.js';
import { providersCommand } from './commands/providers-command.js';
import { workersCommand } from './commands/workers-command.js';
import { EXIT } from './exit-code.js';
import { printable } from './printable.js';
import { Session, withShared, type CliWorld } from './session.js';
import { UsageError } from './usage-error.js';

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

/** Runs one command line, without the program's name. Resolves with the exit code; never rejects for what a user can cause. */
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
  const program = new Command('leeway').description('Submit work to Leeway, watch it, and see what has been learned.');
  withShared(program).enablePositionalOptions().showHelpAfterError('(leeway --help lists the commands)');
  program.addHelpText(
    'after',
    '\nReads LEEWAY_URL (address of the API) and LEEWAY_KEY (API key).\nExample: leeway run --label report -- node -e "console.log(1)"',
  );
  for (const make of COMMANDS) program.addCommand(make(session));
  for (const command of withSubcommands(program)) {
    // The exit code is ours to choose, and nothing writes past the terminal that was handed in.
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

/** One line on stderr that says what happened and what to do. */
function report(error: unknown, session: Session): number {
  // commander has written its own line already: help, or what it did not understand.
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

/** The details of the API are sentences, those of the client are not. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function requestText(error: ApiError): string {
  return error.code === 'internal' && error.requestId !== undefined ? ` (request ${error.requestId})` : '';
}
