/**
 * Notices that a worker takes no jobs any more although all is well with it and with Redis: its jobs would wait for it
 * until somebody looks.
 */
export class FetchWatch {
  private answersSinceMs: number | undefined;

  constructor(
    private readonly consumers: readonly { readonly askingForMs: number }[],
    /** A question that BullMQ leaves open for so long while Redis answers others is never answered any more. */
    private readonly wedgedMs: number,
    private readonly nowMs: () => number,
  ) {}

  /** Takes the answer to another question as a sign that Redis answers, or does not. Throws what that threw. */
  async during<T>(question: Promise<T>): Promise<T> {
    try {
      const answer = await question;
      this.answersSinceMs ??= this.nowMs();
      return answer;
    } catch (error) {
      this.answersSinceMs = undefined;
      throw error;
    }
  }

  /** Why this worker should be replaced; undefined: it should not. */
  look(): string | undefined {
    const answersForMs = this.answersSinceMs === undefined ? 0 : this.nowMs() - this.answersSinceMs;
    const askingMs = Math.max(...this.consumers.map(({ askingForMs }) => askingForMs));
    if (Math.min(askingMs, answersForMs) < this.wedgedMs) return undefined;
    return `BullMQ was asked for a job ${Math.round(askingMs / 1_000)} s ago and has not answered, while Redis answers`;
  }
}
