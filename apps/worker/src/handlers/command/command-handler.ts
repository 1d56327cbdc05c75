import { DoNotRetryError, HandlerError } from '@leeway/supervision';
import type { Policy } from '@leeway/contract';
import type { Handler, HandlerContext } from '../handler.js';
import { CommandListener } from './command-listener.js';
import { HeadTail } from './head-tail.js';
import { type Leash, type LeashedEnd, SpawnError } from './leash-client/leash.js';
import { type PreparedCommand, prepareCommand } from './prepare-command.js';
import type { AgentResult } from './stream-json/agent-event.js';

/** What a job of the kind `command` returns. */
export interface CommandResult {
  /** Null when a signal ended it, or when it never ran. */
  readonly exitCode: number | null;
  /** E.g. `SIGKILL`; null when it exited by itself. */
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** True when stdout or stderr was longer than is kept; a line in the text says by how much. */
  readonly truncated: boolean;
  /** What it said at its end, where its input names the format `stream-json`; null: it did not say that it is done. */
  readonly agent?: AgentResult | null;
  /** It had said that its work is done, did not end, and was ended. */
  readonly lateExit?: true;
}

export interface CommandHandlerOptions {
  readonly leash: Leash;
  readonly policy: Policy;
  /** The worker's environment: PATH finds programs, and the policy says what commands get of the rest. */
  readonly env: NodeJS.ProcessEnv;
}

/** Errors of the system that come back however often the same program is started with the same arguments. */
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
/** Characters of the last line of stderr that an error message quotes. */
const QUOTED = 200;

/**
 * Runs argv as it is, never through a shell, under the leash. Returns a CommandResult for exit code 0, and for a
 * stopped command what there is of it. Everything else is a HandlerError that keeps the CommandResult: `exit_nonzero`,
 * `killed_by_signal`, `exit_unknown`, `agent_failed`, `spawn_failed`, `leash_gone`, `leash_not_ready`; or a
 * DoNotRetryError.
 */
export function createCommandHandler({ leash, policy, env }: CommandHandlerOptions): Handler {
  return {
    kind: 'command',
    leashed: true,
    run: async (input, context) => {
      const command = await prepareCommand(input, context, { policy: policy.commands, workerEnv: env });
      const output = new CapturedOutput(policy.retention.resultBytes);
      const listener = new CommandListener(command, { leash, context, policy: policy.commands });
      const end = await runUnderLeash(leash, command, { context, output, listener });
      const result = { ...output.result(end), ...listener.findings() };
      return judge(command, { context, end, result });
    },
    pause: (attemptId) => leash.pause(attemptId),
    resume: (attemptId) => leash.resume(attemptId),
  };
}

/** stdout and stderr of one attempt, bounded. */
class CapturedOutput {
  readonly #streams: { readonly stdout: HeadTail; readonly stderr: HeadTail };

  constructor(limitBytes: number) {
    this.#streams = { stdout: new HeadTail(limitBytes), stderr: new HeadTail(limitBytes) };
  }

  push(chunk: Buffer, stream: 'stdout' | 'stderr'): void {
    this.#streams[stream].push(chunk);
  }

  result({ exitCode, signal }: Pick<LeashedEnd, 'exitCode' | 'signal'>): CommandResult {
    const [stdout, stderr] = [this.#streams.stdout.read(), this.#streams.stderr.read()];
    return {
      exitCode,
      signal,
      stdout: stdout.text,
      stderr: stderr.text,
      truncated: stdout.truncated || stderr.truncated,
    };
  }
}

interface Attempt {
  readonly context: HandlerContext;
  readonly output: CapturedOutput;
  readonly listener: CommandListener;
}

const NO_END: LeashedEnd = { exitCode: null, signal: null, survivors: [] };

async function runUnderLeash(
  leash: Leash,
  command: PreparedCommand,
  { context, output, listener }: Attempt,
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
        listener.hear(chunk, stream);
      },
      onCpuActivity: () => context.activity(),
    });
  } catch (error) {
    // A leash that ended while the attempt was being stopped has done what was asked for.
    if (signal.aborted) return NO_END;
    throw explain(error, command, output);
  } finally {
    listener.end();
    signal.removeEventListener('abort', stop);
  }
}

function explain(error: unknown, command: PreparedCommand, output: CapturedOutput): unknown {
  if (error instanceof SpawnError) {
    const message = `"${command.name}" (${command.file}) could not be started: ${error.message}`;
    if (!FINAL_SPAWN_ERRORS.includes(error.code)) return new HandlerError('spawn_failed', message);
    return new DoNotRetryError(message, { code: 'command_not_executable' });
  }
  if (error instanceof HandlerError)
    return new HandlerError(error.code, error.message, { cause: error.cause, result: output.result(NO_END) });
  return error;
}

interface Verdict {
  readonly context: HandlerContext;
  readonly end: LeashedEnd;
  readonly result: CommandResult;
}

function judge(command: PreparedCommand, { context, end, result }: Verdict): CommandResult {
  const { exitCode, signal, survivors } = end;
  if (survivors.length > 0)
    context.log.error({ attemptId: context.attemptId, survivors }, 'Processes of a command could not be ended.');
  if (context.signal.aborted) {
    if (end.byItself !== true) return result;
    context.alreadyEnded?.();
  }
  if (result.agent?.failed === true)
    throw new HandlerError('agent_failed', `"${command.name}" reported an error${agentWords(result.agent)}`, {
      result,
    });
  if (exitCode === 0 || result.lateExit === true) return result;
  const said = lastLine(result.stderr);
  if (exitCode !== null)
    throw new HandlerError('exit_nonzero', `"${command.name}" exited with code ${exitCode}${said}`, { result });
  if (signal !== null)
    throw new HandlerError('killed_by_signal', `"${command.name}" was ended by ${signal}${said}`, { result });
  throw new HandlerError('exit_unknown', `"${command.name}" ended without an exit code${said}`, { result });
}

function agentWords({ subtype, text }: AgentResult): string {
  const words = [subtype, text?.trim().split('\n')[0]].filter(
    (each) => each !== null && each !== undefined && each !== '',
  );
  return words.length === 0 ? '.' : `: ${words.join(': ').slice(0, QUOTED)}`;
}

function lastLine(text: string): string {
  const line = text.trimEnd().split('\n').at(-1)?.trim() ?? '';
  return line === '' ? '.' : `: ${line.slice(0, QUOTED)}`;
}
