import type { CommandsPolicy } from '@leeway/contract';
import type { HandlerContext } from '../handler.js';
import type { CommandResult } from './command-handler.js';
import { DoneWatch } from './done-watch.js';
import type { Leash } from './leash-client/leash.js';
import { Lines } from './lines.js';
import type { PreparedCommand } from './prepare-command.js';
import { AgentStream } from './stream-json/agent-stream.js';

export interface ListenerParts {
  leash: Leash;
  context: HandlerContext;
  policy: CommandsPolicy;
}

/** Passes on what a command prints, as its format asks for, and notices when it says that its work is done. */
export class CommandListener {
  readonly #done: DoneWatch;
  readonly #agent: AgentStream | undefined;
  readonly #lines: Lines | undefined;

  constructor(
    private readonly command: Pick<PreparedCommand, 'format' | 'doneMarker'>,
    private readonly parts: ListenerParts,
  ) {
    const { leash, context, policy } = parts;
    const { format, doneMarker } = command;
    this.#done = new DoneWatch({ leash, context, lateExitMs: policy.lateExitMs });
    if (doneMarker !== undefined) this.#lines = new Lines(doneMarker.length + 1);
    if (format !== 'stream-json') return;
    this.#agent = new AgentStream({
      context,
      countThinking: policy.countThinking,
      maxLineChars: policy.maxLineChars,
      onResult: ({ failed }) => this.#done.say({ well: !failed }),
    });
  }

  hear(chunk: Buffer, stream: 'stdout' | 'stderr'): void {
    if (stream === 'stdout' && this.#agent !== undefined) return this.#agent.push(chunk);
    this.parts.context.output(chunk, stream);
    if (stream !== 'stdout' || this.#lines === undefined) return;
    if (this.#lines.push(chunk).includes(this.command.doneMarker ?? '')) this.#done.say({ well: true });
  }

  /** Everything it printed has been heard. */
  end(): void {
    this.#agent?.end();
    this.#done.close();
  }

  findings(): Pick<CommandResult, 'agent' | 'lateExit'> {
    return {
      ...(this.#agent === undefined ? {} : { agent: this.#agent.result }),
      ...(this.#done.lateExit ? { lateExit: true } : {}),
    };
  }
}
