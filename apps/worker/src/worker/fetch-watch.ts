const SECOND_MS = 1_000;

/** Finds a worker that gets no more jobs although Redis answers it: its jobs would wait until a person notices. */
export class FetchWatch {
  private answeringSinceMs: number | undefined;

  constructor(
    private readonly consumers: readonly { readonly askingForMs: number }[],
    /** A request for a job that BullMQ leaves open for this long while Redis answers others is never answered. */
    private readonly wedgedMs: number,
    private readonly nowMs: () => number,
  ) {}

  /** Takes another request as the evidence whether Redis answers. Rejects with its error. */
  async during<T>(request: Promise<T>): Promise<T> {
    try {
      const reply = await request;
      this.answeringSinceMs ??= this.nowMs();
      return reply;
    } catch (error) {
      this.answeringSinceMs = undefined;
      throw error;
    }
  }

  /** Why this worker should be replaced; undefined: there is no problem. */
  problem(): string | undefined {
    const answeringForMs = this.answeringSinceMs === undefined ? 0 : this.nowMs() - this.answeringSinceMs;
    const askingMs = Math.max(...this.consumers.map(({ askingForMs }) => askingForMs));
    if (Math.min(askingMs, answeringForMs) < this.wedgedMs) return undefined;
    return `BullMQ was asked for a job ${Math.round(askingMs / SECOND_MS)} s ago and has not answered, while Redis answers`;
  }
}
