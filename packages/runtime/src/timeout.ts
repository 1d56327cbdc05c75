/** A promise did not settle in time. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';

  constructor(readonly timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
  }
}

/**
 * The value of a promise, if it settles within `timeoutMs`; else rejects with {@link TimeoutError}, or resolves with
 * `fallback` where one is given. The work behind the promise is not stopped, and its late failure is ignored.
 */
export function withTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T>;
export function withTimeout<T, F>(promise: Promise<T>, timeoutMs: number, fallback: F): Promise<T | F>;
export function withTimeout<T, F>(promise: Promise<T>, timeoutMs: number, ...fallback: [F?]): Promise<T | F> {
  // Without Promise.race, which costs several promises more: this is passed by every request.
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => (fallback.length > 0 ? resolve(fallback[0] as F) : reject(new TimeoutError(timeoutMs))),
      timeoutMs,
    );
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error as Error);
      },
    );
  });
}
