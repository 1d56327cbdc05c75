import { type Decision, type Policy, streamKind } from '@leeway/contract';
import type { AttemptFacts, Work } from './work.js';

/** Decisions that are kept of one class, for submissions with different limits. */
const MAX_DECISIONS = 100;

/**
 * Decisions for first attempts, each kept until the history of its class is read again: jobs of a class that nothing sets
 * apart get the same one. Emptied when the policy changes.
 */
export class DecisionMemo {
  private byVersion = new WeakMap<object, Map<string, Decision>>();
  private madeUnder: readonly unknown[] = [];

  /** `policy` keeps its identity; a change replaces its sections. */
  constructor(private readonly policy: Policy) {}

  /** `version`: the state of the history that a decision is made from; absent: none is kept. */
  get(version: object | undefined, about: { work: Work; attempt: AttemptFacts }, make: () => Decision): Decision {
    if (version === undefined || !isAlike(about)) return make();
    this.forgetOtherPolicy();
    let decisions = this.byVersion.get(version);
    if (decisions === undefined || decisions.size >= MAX_DECISIONS) {
      decisions = new Map();
      this.byVersion.set(version, decisions);
    }
    const key = keyOf(about);
    let decision = decisions.get(key);
    if (decision === undefined) {
      decision = make();
      decisions.set(key, decision);
    }
    return decision;
  }

  private forgetOtherPolicy(): void {
    const sections = Object.values(this.policy);
    if (sections.every((section, i) => section === this.madeUnder[i]) && sections.length === this.madeUnder.length)
      return;
    this.madeUnder = sections;
    this.byVersion = new WeakMap();
  }
}

/** Nothing in its past and no moment in time sets it apart from other attempts. */
function isAlike({ work, attempt }: { work: Work; attempt: AttemptFacts }): boolean {
  const { number, spentMs, previous, step } = attempt;
  return (
    number === 1 &&
    spentMs === 0 &&
    previous === undefined &&
    step === undefined &&
    work.limits.completeBy === undefined
  );
}

/** All of work and attempt that a decision depends on, but for its class. */
function keyOf({ work, attempt }: { work: Work; attempt: AttemptFacts }): string {
  const { tier, stream, profile, limits, jobClass } = work;
  const { worker, coldStart } = attempt;
  return JSON.stringify([
    streamKind(work),
    work.kind,
    tier,
    stream,
    profile,
    limits,
    jobClass.complexity,
    worker,
    coldStart,
  ]);
}
