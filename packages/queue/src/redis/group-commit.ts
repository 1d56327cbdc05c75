/** One call of a script that waits for its turn. */
export interface ScriptCall {
  readonly name: string;
  readonly args: readonly (string | number)[];
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Sends calls, one or several at once; resolves with a reply or an Error for each, in their order. */
export type SendCalls = (calls: readonly ScriptCall[]) => Promise<readonly unknown[]>;

/**
 * Calls under way at a time. With one, a reply that is long on its way keeps everybody waiting; with many, each carries
 * little.
 */
const IN_FLIGHT_MOST = 2;
/** Calls sent together at most, and their size in characters: Redis does nothing else meanwhile. */
const CALLS_MOST = 32;
const CHARS_MOST = 256 * 1_024;

/**
 * Group commit: what is called while others are under way waits for one of them and goes together, in one round trip.
 * No timer: a call that finds nothing under way leaves in the same tick. The order of calls is kept.
 */
export class GroupCommit {
  private readonly waiting: ScriptCall[] = [];
  private inFlight = 0;
  private scheduled = false;

  constructor(private readonly send: SendCalls) {}

  call(name: string, args: readonly (string | number)[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ name, args, resolve, reject });
      if (this.scheduled || this.inFlight >= IN_FLIGHT_MOST) return;
      this.scheduled = true;
      queueMicrotask(() => {
        this.scheduled = false;
        this.flush();
      });
    });
  }

  private flush(): void {
    while (this.waiting.length > 0 && this.inFlight < IN_FLIGHT_MOST) {
      this.inFlight += 1;
      void this.sendGroup(this.waiting.splice(0, this.groupSize()));
    }
  }

  /** As many of those that wait as go together, at least one. */
  private groupSize(): number {
    let chars = 0;
    for (const [i, { args }] of this.waiting.entries()) {
      for (const arg of args) chars += typeof arg === 'string' ? arg.length : 0;
      if (i > 0 && (i >= CALLS_MOST || chars > CHARS_MOST)) return i;
    }
    return this.waiting.length;
  }

  private async sendGroup(calls: readonly ScriptCall[]): Promise<void> {
    try {
      const replies = await this.send(calls);
      for (const [i, { resolve, reject }] of calls.entries()) {
        const reply = replies[i];
        if (reply instanceof Error) reject(reply);
        else resolve(reply);
      }
    } catch (error) {
      for (const { reject } of calls) reject(error as Error);
    }
    this.inFlight -= 1;
    this.flush();
  }
}
