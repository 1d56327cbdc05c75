import { DoNotRetryError, HandlerError } from '@leeway/supervision';
import type { Policy } from '@leeway/contract';
import type { Handler, HandlerContext } from '../handler.js';
import { CapturedOutput, throwIfFailed, type CommandResult } from './command-result.js';
import { type Leash, type LeashedEnd, SpawnError } from './leash-client/leash.js';
import { OutputReader } from './output-reader.js';
import { type PreparedCommand, prepareCommand } from './prepare-command.js';

export interface CommandHandlerOptions {
  readonly leash: Leash;
  readonly policy: Policy;
  /** The worker's environment: its PATH finds programs, and the policy lists the variables that commands get. */
  readonly env: NodeJS.ProcessEnv;
}

/** System errors that come back whenever the same program is started with the same arguments. */
const FINAL_SPAWN_ERRORS: readonly string[] = [
  'ENOENT',
  'EACCES',
  'EPERM',
  'ENOEXEC',
  'ENOTDIR',
  'E2BIG',
  'ELOOP',
  'ENAMETOOLONG',
];

/**
 * Runs argv unchanged, never through a shell, under the leash. Returns a CommandResult for exit code 0, and the partial one of a
 * stopped command. Any other end is a HandlerError with the CommandResult: `exit_nonzero`, `killed_by_signal`, `exit_unknown`,
 * `agent_failed`, `spawn_failed`, `leash_gone`, `leash_not_ready`; or a DoNotRetryError.
 */
export function createCommandHandler({ leash, policy, env }: CommandHandlerOptions): Handler {
  return {
    kind: 'command',
    leashed: true,
    run: async (input, context) => {
      const command = await prepareCommand(input, context, { policy: policy.commands, workerEnv: env });
      const output = new CapturedOutput(policy.retention.resultBytes);
      const reader = new OutputReader(command, { leash, context, policy: policy.commands });
      const end = await runUnderLeash(leash, command, { context, output, reader });
      const result = { ...output.result(end), ...reader.findings() };
      return settle(command, { context, end, result });
    },
    pause: (attemptId) => leash.pause(attemptId),
    resume: (attemptId) => leash.resume(attemptId),
  };
}

interface CommandAttempt {
  readonly context: HandlerContext;
  readonly output: CapturedOutput;
  readonly reader: OutputReader;
}

const NO_END: LeashedEnd = { exitCode: null, signal: null, survivors: [] };

async function runUnderLeash(
  leash: Leash,
  command: PreparedCommand,
  { context, output, reader }: CommandAttempt,
): Promise<LeashedEnd> {
  const { signal, attemptId } = context;
  if (signal.aborted) return NO_END;
  const stop = (): void => leash.stop(attemptId, context.graceMs);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await leash.run({
      ...command,
      onOutput: (chunk, stream) => {
        output.push(chunk, stream);
        reader.push(chunk, stream);
      },
      onCpuActivity: () => context.activity(),
    });
  } catch (error) {
    // A leash that ended during a stop has ended the command as well.
    if (signal.aborted) return NO_END;
    throw runError(error, command, output);
  } finally {
    reader.end();
    signal.removeEventListener('abort', stop);
  }
}

function runError(error: unknown, command: PreparedCommand, output: CapturedOutput): unknown {
  if (error instanceof SpawnError) {
    const message = `"${command.name}" (${command.file}) could not be started: ${error.message}`;
    if (!FINAL_SPAWN_ERRORS.includes(error.code)) return new HandlerError('spawn_failed', message);
    return new DoNotRetryError(message, { code: 'command_not_executable' });
  }
  if (error instanceof HandlerError)
    return new HandlerError(error.code, error.message, { cause: error.cause, result: output.result(NO_END) });
  return error;
}

interface CommandOutcome {
  readonly context: HandlerContext;
  readonly end: LeashedEnd;
  readonly result: CommandResult;
}

function settle({ name }: PreparedCommand, { context, end, result }: CommandOutcome): CommandResult {
  const { survivors } = end;
  if (survivors.length > 0)
    context.log.error({ attemptId: context.attemptId, survivors }, 'Processes of a command could not be ended.');
  if (context.signal.aborted) {
    if (end.byItself !== true) return result;
    context.alreadyEnded?.();
  }
  throwIfFailed(name, result);
  return result;
}
