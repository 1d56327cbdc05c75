import { LeewayError } from '@leeway/contract';

/** Bounds the time to a reply: no request hangs, whatever happens behind its route. */
export class ReplyDeadline {
  /** True once a write was sent to Redis. */
  writing = false;
  private timer: NodeJS.Timeout | undefined;
  private expire: (error: LeewayError) => void = () => {};

  constructor(
    private readonly limitMs: number,
    private readonly retryAfterS: number,
  ) {}

  /**
   * The result of `work`. Throws LeewayError `store_unavailable` when it takes too long, `outcome_unknown` once it writes:
   * only Redis can take long. `work` does not throw, it rejects.
   */
  race<T>(work: () => Promise<T>): Promise<T> {
    // Without Promise.race, which costs several promises more: this is passed by every request.
    return new Promise((resolve, reject) => {
      this.expire = reject;
      this.arm(this.limitMs);
      work().then(
        (reply) => {
          clearTimeout(this.timer);
          resolve(reply);
        },
        (error: unknown) => {
          clearTimeout(this.timer);
          reject(error as Error);
        },
      );
    });
  }

  /** From now on the reply may take this much longer than usual. */
  extend(extraMs: number): void {
    this.arm(this.limitMs + extraMs);
  }

  private arm(forMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.expire(this.tooLate()), forMs);
  }

  private tooLate(): LeewayError {
    const details = { retryAfterS: this.retryAfterS };
    return this.writing
      ? new LeewayError('outcome_unknown', `Redis has not confirmed the write within ${this.limitMs} ms.`, details)
      : new LeewayError('store_unavailable', `Redis has not answered within ${this.limitMs} ms.`, details);
  }
}
