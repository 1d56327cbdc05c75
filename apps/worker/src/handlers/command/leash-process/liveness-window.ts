/** A window is looked at this often: it bounds how much later than the window a silence is noticed. */
const LOOKS_PER_WINDOW = 24;
const SHORTEST_LOOK_MS = 10;
/** A look that comes later than this share of the window says that the leash itself did not run. */
const GAP_SHARE = 0.5;

/**
 * Judges whether the worker has gone silent, by the leash's own monotonic clock. A leash that did not run itself
 * (machine suspended, processor starved) cannot know what it missed: it grants one more full window.
 */
export class Silence {
  readonly lookEveryMs: number;
  #heardMs: number | null = null;
  #lookedMs: number | null = null;

  constructor(readonly windowMs: number) {
    this.lookEveryMs = Math.max(SHORTEST_LOOK_MS, windowMs / LOOKS_PER_WINDOW);
  }

  /** Whether the worker was ever heard: before that nothing runs, so silence means nothing. */
  get armed(): boolean {
    return this.#heardMs !== null;
  }

  heard(nowMs: number): void {
    this.#heardMs = nowMs;
  }

  /** To be called every `lookEveryMs`. True: nothing was heard for the whole window. */
  look(nowMs: number): boolean {
    const gapMs = this.#lookedMs === null ? 0 : nowMs - this.#lookedMs;
    this.#lookedMs = nowMs;
    if (this.#heardMs === null) return false;
    if (gapMs > this.windowMs * GAP_SHARE) this.#heardMs = nowMs;
    return nowMs - this.#heardMs >= this.windowMs;
  }
}
