import { HandlerError } from '@leeway/supervision';
import { HeadTail } from './head-tail.js';
import { quoteLastLine } from './last-line.js';
import type { LeashedEnd } from './leash-client/leash.js';
import type { OutputFindings } from './output-reader.js';
import type { AgentResult } from './stream-json/agent-event.js';

/** The result of a job of the kind `command`. */
export interface CommandResult extends OutputFindings {
  /** Null when a signal ended it, or when it never ran. */
  readonly exitCode: number | null;
  /** E.g. `SIGKILL`; null when it exited by itself. */
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** True when stdout or stderr was longer than the stored part; a line in the text has the number of missing bytes. */
  readonly truncated: boolean;
}

/** stdout and stderr of one attempt, bounded. */
export class CapturedOutput {
  private readonly streams: { readonly stdout: HeadTail; readonly stderr: HeadTail };

  constructor(limitBytes: number) {
    this.streams = { stdout: new HeadTail(limitBytes), stderr: new HeadTail(limitBytes) };
  }

  push(chunk: Buffer, stream: 'stdout' | 'stderr'): void {
    this.streams[stream].push(chunk);
  }

  result({ exitCode, signal }: Pick<LeashedEnd, 'exitCode' | 'signal'>): CommandResult {
    const [stdout, stderr] = [this.streams.stdout.read(), this.streams.stderr.read()];
    const truncated = stdout.truncated || stderr.truncated;
    return { exitCode, signal, stdout: stdout.text, stderr: stderr.text, truncated };
  }
}

/** Throws HandlerError with the result, where the end of the command is a failure: only exit code 0 is a success. */
export function throwIfFailed(name: string, result: CommandResult): void {
  const { exitCode, signal, stderr, agent, lateExit } = result;
  const fail = (code: string, message: string): never => {
    throw new HandlerError(code, `"${name}" ${message}`, { result });
  };
  if (agent?.failed === true) fail('agent_failed', `reported an error${agentReason(agent)}`);
  if (exitCode === 0 || lateExit === true) return;
  const lastLine = quoteLastLine(stderr);
  if (exitCode !== null) fail('exit_nonzero', `exited with code ${exitCode}${lastLine}`);
  if (signal !== null) fail('killed_by_signal', `was ended by ${signal}${lastLine}`);
  fail('exit_unknown', `ended without an exit code${lastLine}`);
}

/** Longest part of a message that an agent has written itself. */
const AGENT_TEXT_CHARS = 200;

function agentReason({ subtype, text }: AgentResult): string {
  const parts = [subtype, text?.trim().split('\n')[0]].filter((part) => Boolean(part));
  return parts.length === 0 ? '.' : `: ${parts.join(': ').slice(0, AGENT_TEXT_CHARS)}`;
}
