import type { Clock } from '@leeway/runtime';
import type { HandlerContext } from '../handler.js';

export interface AttemptTimeParts {
  context: Pick<HandlerContext, 'deadline' | 'callBudget'>;
  clock: Clock;
  /** The input of the job with another model. */
  inputFor: (model: string) => unknown;
  /** Share of the attempt's time that has to remain where nothing is known of a model. */
  minShare: number;
}

/** What remains of an attempt, and whether another call is worth beginning. */
export class AttemptTime {
  private readonly totalMs: number;

  constructor(private readonly parts: AttemptTimeParts) {
    this.totalMs = this.remainingMs();
  }

  remainingMs(): number {
    const { context, clock } = this.parts;
    return context.callBudget?.remainingMs() ?? context.deadline() - clock.wallMs();
  }

  /** Whether a call to this model that begins after `waitMs` can be expected to end in time. */
  async hasRoomFor(model: string, waitMs: number): Promise<boolean> {
    const { context, inputFor, minShare } = this.parts;
    const neededMs = (await context.callBudget?.usualMs(inputFor(model))) ?? this.totalMs * minShare;
    const leftMs = this.remainingMs() - waitMs;
    return leftMs > 0 && leftMs >= neededMs;
  }
}
