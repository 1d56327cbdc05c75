import type { CommandsPolicy } from '@leeway/contract';
import type { HandlerContext } from '../handler.js';
import type { Leash } from './leash-client/leash.js';
import { Lines } from './lines.js';
import type { PreparedCommand } from './prepare-command.js';
import type { AgentResult } from './stream-json/agent-event.js';
import { AgentStream } from './stream-json/agent-stream.js';

export interface OutputReaderOptions {
  leash: Pick<Leash, 'stop'>;
  context: HandlerContext;
  policy: Pick<CommandsPolicy, 'lateExitMs' | 'countThinking' | 'maxLineChars'>;
}

/** The part of a command's result that comes from reading its output. */
export interface OutputFindings {
  /** The closing event of an agent, where the input names the format `stream-json`; null: there was none. */
  readonly agent?: AgentResult | null;
  /** It had reported that its work is done, did not exit, and was ended. */
  readonly lateExit?: true;
}

/** Reads the output of a command in its format, forwards it to the context, and detects the report that its work is done. */
export class OutputReader {
  private readonly lateExit: LateExitWatch;
  private readonly agent: AgentStream | undefined;
  private readonly lines: Lines | undefined;

  constructor(
    private readonly command: Pick<PreparedCommand, 'format' | 'doneMarker'>,
    private readonly options: OutputReaderOptions,
  ) {
    const { leash, context, policy } = options;
    const { format, doneMarker } = command;
    this.lateExit = new LateExitWatch({ leash, context, lateExitMs: policy.lateExitMs });
    if (doneMarker !== undefined) this.lines = new Lines(doneMarker.length + 1);
    if (format !== 'stream-json') return;
    this.agent = new AgentStream({
      context,
      countThinking: policy.countThinking,
      maxLineChars: policy.maxLineChars,
      onResult: ({ failed }) => this.lateExit.done({ failed }),
    });
  }

  push(chunk: Buffer, stream: 'stdout' | 'stderr'): void {
    if (stream === 'stdout' && this.agent !== undefined) return this.agent.push(chunk);
    this.options.context.output(chunk, stream);
    if (stream !== 'stdout' || this.lines === undefined) return;
    if (this.lines.push(chunk).includes(this.command.doneMarker ?? '')) this.lateExit.done({ failed: false });
  }

  /** After the last chunk. */
  end(): void {
    this.agent?.end();
    this.lateExit.clear();
  }

  findings(): OutputFindings {
    return {
      ...(this.agent === undefined ? {} : { agent: this.agent.result }),
      ...(this.lateExit.wasLate ? { lateExit: true } : {}),
    };
  }
}

interface LateExitOptions {
  leash: Pick<Leash, 'stop'>;
  context: Pick<HandlerContext, 'attemptId' | 'graceMs' | 'signal' | 'complete'>;
  /** Time for a command to exit by itself after the report that its work is done. */
  lateExitMs: number;
}

/** Ends a command that has reported the end of its work and does not exit. Its result is kept. */
class LateExitWatch {
  private timer: NodeJS.Timeout | undefined;
  private isDone = false;
  private hasStopped = false;

  constructor(private readonly options: LateExitOptions) {}

  /** It was ended after its report, here or by a clock. */
  get wasLate(): boolean {
    return this.hasStopped || (this.isDone && this.options.context.signal.aborted);
  }

  /** The report. Work that has not failed stays valid when a clock ends the command from now on. */
  done({ failed }: { failed: boolean }): void {
    const { leash, context, lateExitMs } = this.options;
    if (this.isDone || context.signal.aborted) return;
    this.isDone = true;
    if (!failed) context.complete();
    this.timer = setTimeout(() => {
      this.hasStopped = true;
      leash.stop(context.attemptId, context.graceMs);
    }, lateExitMs);
  }

  clear(): void {
    clearTimeout(this.timer);
  }
}
