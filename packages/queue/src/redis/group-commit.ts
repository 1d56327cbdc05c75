/** One call of a script that waits for its turn. */
export interface ScriptCall {
  readonly name: string;
  readonly args: readonly (string | number)[];
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Sends calls together; resolves with a reply or an Error for each, in their order. */
export type SendCalls = (calls: readonly ScriptCall[]) => Promise<readonly unknown[]>;

/** Groups under way at a time. With one, a slow reply delays all calls; with many, each group carries few. */
const MAX_IN_FLIGHT = 2;
/** Calls of a group, and their size in characters: Redis does nothing else meanwhile. */
const MAX_CALLS = 32;
const MAX_CHARS = 256 * 1_024;

/**
 * Group commit: calls that are made while groups are under way wait for one of them, and are then sent together in one round
 * trip. Without a timer: a call that finds none under way is sent in the same tick. The order of calls is kept.
 */
export class GroupCommit {
  private readonly waiting: ScriptCall[] = [];
  private inFlight = 0;
  private scheduled = false;

  constructor(private readonly send: SendCalls) {}

  call(name: string, args: readonly (string | number)[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ name, args, resolve, reject });
      if (this.scheduled || this.inFlight >= MAX_IN_FLIGHT) return;
      this.scheduled = true;
      queueMicrotask(() => {
        this.scheduled = false;
        this.flush();
      });
    });
  }

  private flush(): void {
    while (this.waiting.length > 0 && this.inFlight < MAX_IN_FLIGHT) {
      this.inFlight += 1;
      void this.sendGroup(this.waiting.splice(0, this.groupSize()));
    }
  }

  /** How many of the waiting calls are sent together, at least one. */
  private groupSize(): number {
    let chars = 0;
    for (const [i, { args }] of this.waiting.entries()) {
      for (const arg of args) chars += typeof arg === 'string' ? arg.length : 0;
      if (i > 0 && (i >= MAX_CALLS || chars > MAX_CHARS)) return i;
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
