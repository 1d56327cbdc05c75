/** Announcements can be lost while the subscriber reconnects: a waiting reader looks again this often, in ms. */
const POLL_MS = 1_000;

/** A reader sleeps on it until there may be something new, the time is up, or the signal aborts. */
export class WakeSignal {
  private isSet = false;
  private wake: (() => void) | undefined;

  readonly set = (): void => {
    this.isSet = true;
    this.wake?.();
  };

  async wait(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (!this.isSet && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(timeoutMs, POLL_MS));
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
        signal?.addEventListener('abort', this.wake, { once: true });
      });
      if (this.wake !== undefined) signal?.removeEventListener('abort', this.wake);
    }
    this.isSet = false;
    this.wake = undefined;
  }
}
