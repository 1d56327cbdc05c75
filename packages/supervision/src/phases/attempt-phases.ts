import type { Phase } from '@leeway/contract';
import { PhaseWalk, type PhaseWindow, type RunningPhase } from './phase-plan.js';

/** The way of one attempt through its phases, told as they begin. The time is handed in, from the start of the attempt. */
export class AttemptPhases {
  readonly #walk: PhaseWalk;

  constructor(
    plan: readonly PhaseWindow[],
    private readonly tell: (phase: Phase) => void,
  ) {
    this.#walk = new PhaseWalk(plan);
  }

  get current(): Phase | null {
    const phase = this.#walk.current;
    return phase === undefined ? null : this.#shown(phase);
  }

  begin(): void {
    if (this.current !== null) this.tell(this.current);
  }

  tick(elapsedMs: number): void {
    for (const phase of this.#walk.tick(elapsedMs)) this.tell(this.#shown(phase));
  }

  /** False: no such phase is ahead. */
  advance(elapsedMs: number, name?: string): boolean {
    this.tick(elapsedMs);
    const phase = this.#walk.advance(elapsedMs, name);
    if (phase === undefined) return false;
    this.tell(this.#shown(phase));
    return true;
  }

  #shown({ name, number, startedAtMs, windowMs }: RunningPhase): Phase {
    return { name, number, of: this.#walk.of, startedAtMs: Math.round(startedAtMs), windowMs: Math.round(windowMs) };
  }
}
