import type { Phase } from '@leeway/contract';
import { PhaseWalk, type PhaseWindow, type RunningPhase } from './phase-plan.js';

/** Publishes the phases of one attempt as they begin. The time is handed in, in ms from the start of the attempt. */
export class AttemptPhases {
  private readonly walk: PhaseWalk;

  constructor(
    plan: readonly PhaseWindow[],
    private readonly publish: (phase: Phase) => void,
  ) {
    this.walk = new PhaseWalk(plan);
  }

  get current(): Phase | null {
    const phase = this.walk.current;
    return phase === undefined ? null : this.view(phase);
  }

  begin(): void {
    if (this.current !== null) this.publish(this.current);
  }

  tick(elapsedMs: number): void {
    for (const phase of this.walk.tick(elapsedMs)) this.publish(this.view(phase));
  }

  /** False: no such phase is ahead. */
  advance(elapsedMs: number, name?: string): boolean {
    this.tick(elapsedMs);
    const phase = this.walk.advance(elapsedMs, name);
    if (phase === undefined) return false;
    this.publish(this.view(phase));
    return true;
  }

  private view({ name, number, startedAtMs, windowMs }: RunningPhase): Phase {
    return { name, number, of: this.walk.of, startedAtMs: Math.round(startedAtMs), windowMs: Math.round(windowMs) };
  }
}
