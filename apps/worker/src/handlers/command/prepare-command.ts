import { DoNotRetryError } from '@leeway/supervision';
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { type CommandInput, commandInputSchema, type CommandsPolicy, describeIssues } from '@leeway/contract';
import type { HandlerContext } from '../handler.js';
import { commandEnv } from './command-env.js';
import type { LeashedRun } from './leash-client/leash.js';
import { type Program, resolveProgram } from './resolve-program.js';

/** A command with all names resolved and all rules of the policy checked. */
export interface PreparedCommand extends Pick<LeashedRun, 'attemptId' | 'file' | 'args' | 'cwd' | 'env' | 'stdin'> {
  /** argv[0] of the input. */
  readonly name: string;
  readonly format: CommandInput['format'];
  readonly doneMarker: CommandInput['doneMarker'];
}

export interface PrepareOptions {
  readonly policy: CommandsPolicy;
  /** The worker's environment. */
  readonly workerEnv: NodeJS.ProcessEnv;
}

/**
 * Checks the input of a job again, because a queued job may be older than the policy, and resolves its names. Throws
 * DoNotRetryError `invalid_input`, `env_not_allowed`, `cwd_not_found`, `command_not_found`, `command_not_executable` or
 * `command_not_allowed`.
 */
export async function prepareCommand(
  input: unknown,
  { jobId, attemptId }: HandlerContext,
  options: PrepareOptions,
): Promise<PreparedCommand> {
  const { policy, workerEnv } = options;
  const command = readInput(input);
  const env = commandEnv({ policy, worker: workerEnv, job: command.env ?? {}, jobId, attemptId });
  const cwd = command.cwd ?? process.cwd();
  await checkFolder(cwd);
  const path = workerEnv.PATH ?? '';
  const [name = '', ...args] = command.argv;
  const program = await resolveProgram(name, { path, cwd });
  checkAllowed(name, program, policy);

  const { format, doneMarker, stdin = null } = command;
  const common = { name, attemptId, cwd, env, stdin, format, doneMarker };
  const [wrapperName, ...wrapperArgs] = policy.wrapper;
  if (wrapperName === undefined) return { ...common, file: program.path, args };
  const wrapper = await resolveProgram(wrapperName, { path, cwd: process.cwd() });
  return { ...common, file: wrapper.path, args: [...wrapperArgs, program.path, ...args] };
}

function readInput(input: unknown): CommandInput {
  const parsed = commandInputSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const problems = describeIssues(parsed.error, input).map((issue) => `${issue.path || '/'}: ${issue.message}`);
  throw new DoNotRetryError(`The input of the command is not valid: ${problems.join('; ')}`, { code: 'invalid_input' });
}

async function checkFolder(cwd: string): Promise<void> {
  const isFolder = await stat(cwd).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  const mayEnter =
    isFolder &&
    (await access(cwd, constants.X_OK).then(
      () => true,
      () => false,
    ));
  if (mayEnter) return;
  throw new DoNotRetryError(
    `The working directory "${cwd}" ${isFolder ? 'cannot be entered by' : 'does not exist for'} this worker.`,
    { code: 'cwd_not_found' },
  );
}

/** The policy may list a command by the name that the job uses, or by its file behind all links. */
function checkAllowed(name: string, program: Program, { allow }: CommandsPolicy): void {
  if (allow.includes('*') || allow.includes(name) || allow.includes(program.realPath)) return;
  const listed = allow.join(', ') || 'none';
  throw new DoNotRetryError(
    `"${name}" (${program.realPath}) is not among the commands that the policy allows (commands.allow): ${listed}.`,
    { code: 'command_not_allowed' },
  );
}
