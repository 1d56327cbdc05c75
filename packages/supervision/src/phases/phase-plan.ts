/** A phase and the time it may take, in ms. */
export interface PhaseWindow {
  readonly name: string;
  readonly windowMs: number;
}

/** Phases of equal length of an attempt without windows: a beginning, a middle and an end. */
const FALLBACK_PARTS = 3;

export interface PlanRules {
  /** In their order. */
  readonly names: readonly string[];
  /** Milliseconds; null: the attempt is divided into three. */
  readonly windowMs: number | null;
}

/**
 * The phases of an attempt of `attemptMs`: the first ones by name, each with the same window, as many as fit. None when
 * not even one fits.
 *
 *     planPhases(150_000, { names: ['ask', 'think', 'answer'], windowMs: 60_000 })
 *     // ask and think, 60 s each; the last 30 s belong to no phase
 */
export function planPhases(attemptMs: number, { names, windowMs }: PlanRules): PhaseWindow[] {
  const each = windowMs ?? Math.floor(attemptMs / Math.min(FALLBACK_PARTS, names.length || 1));
  const fit = each > 0 ? Math.floor(attemptMs / each) : 0;
  return names.slice(0, fit).map((name) => ({ name, windowMs: each }));
}

/** A phase that has begun. */
export interface RunningPhase extends PhaseWindow {
  /** Counted from 1. */
  readonly number: number;
  /** In ms from the start of the attempt. */
  readonly startedAtMs: number;
}

/** The position of one attempt in its phases. Pure: the time is handed in, in ms from the start of the attempt. */
export class PhaseWalk {
  private readonly plan: PhaseWindow[];
  private at = 0;
  private startedAtMs = 0;

  constructor(plan: readonly PhaseWindow[]) {
    this.plan = [...plan];
  }

  get of(): number {
    return this.plan.length;
  }

  /** Undefined: this attempt has no phases. */
  get current(): RunningPhase | undefined {
    const phase = this.plan[this.at];
    return phase && { ...phase, number: this.at + 1, startedAtMs: this.startedAtMs };
  }

  /** Each window that is over begins the next phase at the moment of its end. Returns the phases that have begun. */
  tick(elapsedMs: number): RunningPhase[] {
    const begun: RunningPhase[] = [];
    for (let phase = this.current; phase !== undefined && this.at + 1 < this.of; phase = this.current) {
      const endMs = phase.startedAtMs + phase.windowMs;
      if (elapsedMs < endMs) break;
      begun.push(this.begin(this.at + 1, endMs));
    }
    return begun;
  }

  /**
   * Begins the next phase, or a later one by name, before its time: what is left of the windows before it is divided among
   * the phases to come. Undefined: there is no such phase ahead.
   */
  advance(elapsedMs: number, name?: string): RunningPhase | undefined {
    this.tick(elapsedMs);
    const to = name === undefined ? this.at + 1 : this.plan.findIndex((phase) => phase.name === name);
    if (to <= this.at || to >= this.of) return undefined;
    const leftMs = Math.max(0, this.startedAtMs + sum(this.plan.slice(this.at, to)) - elapsedMs);
    const share = leftMs / (this.of - to);
    for (const [index, phase] of this.plan.entries())
      if (index >= to) this.plan[index] = { ...phase, windowMs: phase.windowMs + share };
    return this.begin(to, elapsedMs);
  }

  private begin(index: number, atMs: number): RunningPhase {
    this.at = index;
    this.startedAtMs = atMs;
    return this.current as RunningPhase;
  }
}

function sum(phases: readonly PhaseWindow[]): number {
  return phases.reduce((total, { windowMs }) => total + windowMs, 0);
}
