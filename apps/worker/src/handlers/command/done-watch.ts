import type { HandlerContext } from '../handler.js';
import type { Leash } from './leash-client/leash.js';

export interface DoneWatchParts {
  leash: Pick<Leash, 'stop'>;
  context: Pick<HandlerContext, 'attemptId' | 'graceMs' | 'signal' | 'complete'>;
  /** So long a command may take to end by itself once it has said that its work is done, in ms. */
  lateExitMs: number;
}

/** A command that has said that its work is done and does not end is ended, and nothing of its work is lost. */
export class DoneWatch {
  #timer: NodeJS.Timeout | undefined;
  #said = false;
  #ended = false;

  constructor(private readonly parts: DoneWatchParts) {}

  /** It had to be ended, here or by a clock, after it had said that its work is done. */
  get lateExit(): boolean {
    return this.#ended || (this.#said && this.parts.context.signal.aborted);
  }

  /** It said that its work is done, well or not: what was done well counts also when a clock ends it now. */
  say({ well }: { well: boolean }): void {
    const { leash, context, lateExitMs } = this.parts;
    if (this.#said || context.signal.aborted) return;
    this.#said = true;
    if (well) context.complete();
    this.#timer = setTimeout(() => {
      this.#ended = true;
      leash.stop(context.attemptId, context.graceMs);
    }, lateExitMs);
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
