import { type Decision, limitsFor, type Phase, type Policy } from '@leeway/contract';
import { decisionSentence } from '@leeway/estimator';
import { ofStreamKind } from '../stream-kind.js';
import { PhaseWalk, type PhaseWindow, planPhases, type RunningPhase } from './phase-plan.js';

export interface PhasedWork {
  streamKind: string;
  tier: string;
  /** Whether the streaming column of the tier holds. */
  stream: boolean;
}

/** The phases of an attempt under a decision: none for kinds that have none. The tier's window comes before the policy's. */
export function phasesOf(decision: Decision, { streamKind, tier, stream }: PhasedWork, policy: Policy): PhaseWindow[] {
  const { kinds, names, windowMs, fallbackParts } = policy.phases;
  const named = Object.fromEntries(kinds.map((kind) => [kind, true]));
  if (ofStreamKind(named, streamKind) === undefined) return [];
  const { phaseMs } = limitsFor({ policy, tier, stream });
  return planPhases(decision.deadlineMs, { names, windowMs: phaseMs ?? windowMs, fallbackParts });
}

/** Where the policy says so, the end of the last phase is the deadline; not of an attempt that is to have none. */
export function endedByPhases(decision: Decision, work: PhasedWork, policy: Policy): Decision {
  if (!policy.phases.endAttempt || decision.basis === 'no_timeout') return decision;
  const phases = phasesOf(decision, work, policy);
  const limitMs = phases.reduce((sum, { windowMs }) => sum + windowMs, 0);
  if (phases.length === 0 || limitMs >= decision.deadlineMs) return decision;
  const caps = [
    ...decision.caps.map((cap) => ({ ...cap, bit: false })),
    { name: 'phases' as const, limitMs, bit: true },
  ];
  const cut = { ...decision, deadlineMs: limitMs, hardCapMs: limitMs, caps };
  return { ...cut, sentence: decisionSentence(cut) };
}

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
