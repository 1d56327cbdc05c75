import type { Intent } from '@leeway/contract';

/** Weight of a line after the next one came: the last dozen lines decide. */
const FADE = 0.85;
/** Lead, as a share of all evidence, that another intent needs to take over: a line of code in a text is no code yet. */
const SWITCH_LEAD = 0.2;

/** Weighs the intents of lines: newer ones count more, and a change needs a clear lead. */
export class IntentMeter {
  private readonly scores = new Map<Intent, number>();
  private current: Intent | null = null;

  get intent(): Intent | null {
    return this.current;
  }

  /** The share of the evidence that speaks for the intent, 0 to 1. */
  get confidence(): number {
    const total = this.total();
    return this.current === null || total === 0 ? 0 : this.score(this.current) / total;
  }

  add(intent: Intent): void {
    for (const [known, score] of this.scores) this.scores.set(known, score * FADE);
    this.scores.set(intent, this.score(intent) + 1);
    const leader = [...this.scores.keys()].reduce((best, each) => (this.score(each) > this.score(best) ? each : best));
    const lead = this.score(leader) - (this.current === null ? 0 : this.score(this.current));
    if (leader !== this.current && lead >= SWITCH_LEAD * this.total()) this.current = leader;
  }

  private score(intent: Intent): number {
    return this.scores.get(intent) ?? 0;
  }

  private total(): number {
    let total = 0;
    for (const score of this.scores.values()) total += score;
    return total;
  }
}
