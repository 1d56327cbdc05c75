import { LeewayError } from '@leeway/contract';

/** Bounds the time until an answer: no request hangs, whatever happens behind the route. */
export class ReplyDeadline {
  /** True once something was sent to Redis that changes it. */
  writing = false;
  private timer: NodeJS.Timeout | undefined;
  private expire: (error: LeewayError) => void = () => {};

  constructor(
    private readonly limitMs: number,
    private readonly retryAfterS: number,
  ) {}

  /**
   * What `work` gives, or LeewayError when that takes too long: `store_unavailable`, or `outcome_unknown` once it writes.
   * Only Redis can take long, so that is what the error says.
   */
  async race<T>(work: () => Promise<T>): Promise<T> {
    const expired = new Promise<never>((_, reject) => {
      this.expire = reject;
      this.arm(this.limitMs);
    });
    try {
      return await Promise.race([work(), expired]);
    } finally {
      clearTimeout(this.timer);
    }
  }

  /** From now on it may take this much longer. */
  extend(extraMs: number): void {
    this.arm(this.limitMs + extraMs);
  }

  private arm(forMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.expire(this.tooLate()), forMs);
  }

  private tooLate(): LeewayError {
    const details = { retryAfterS: this.retryAfterS };
    if (this.writing)
      return new LeewayError(
        'outcome_unknown',
        `Redis has not confirmed the write within ${this.limitMs} ms.`,
        details,
      );
    return new LeewayError('store_unavailable', `Redis has not answered within ${this.limitMs} ms.`, details);
  }
}
