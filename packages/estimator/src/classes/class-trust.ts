import type { ClassInfo, Decision, Policy, Shadow, ShadowRecord } from '@leeway/contract';
import { classMode } from '../deadline/class-mode.js';
import { falseKillRate } from '../deadline/false-kill-alarm.js';
import type { LevelState } from '../history/level-state.js';
import { SHADOW_COUNTERS, type ShadowCounter } from '../observe/shadow-judgement.js';

export interface TrustFacts {
  className: string;
  /** By the names of `ClassCounter` and `StoredShadowCounter`. */
  counters: Readonly<Record<string, number>>;
  /** Results of the class itself. */
  state: LevelState | undefined;
  /** Decision for a job of the class now. */
  decision: Decision;
  policy: Policy;
}

/** Mode and alarm of a class, and the record of its shadows. */
export function classTrust(
  facts: TrustFacts,
): Pick<ClassInfo, 'mode' | 'recentFalseKillRate' | 'falseKillAlarm' | 'override' | 'shadows'> {
  const { className, state, decision, policy } = facts;
  const { wrong, results, alarm } = falseKillRate(state, policy.estimator);
  return {
    mode: classMode(policy, className),
    recentFalseKillRate: results === 0 ? null : wrong / results,
    falseKillAlarm: alarm,
    override: decision.override,
    shadows: shadowRecords(facts.counters, decision.shadows),
  };
}

const COUNTER_NAME = new RegExp(`^shadow:([^:]+):(${SHADOW_COUNTERS.join('|')})$`);

/** Records of the shadows that have been counted or run now, by name. */
export function shadowRecords(counters: TrustFacts['counters'], shadows: readonly Shadow[] = []): ShadowRecord[] {
  const running = new Map(shadows.map(({ name, deadlineMs }) => [name, deadlineMs]));
  const counts = new Map<string, Partial<Record<ShadowCounter, number>>>([...running.keys()].map((name) => [name, {}]));
  for (const [field, value] of Object.entries(counters)) {
    const [, name, counter] = COUNTER_NAME.exec(field) ?? [];
    if (name !== undefined) counts.set(name, { ...counts.get(name), [counter as ShadowCounter]: value });
  }
  const names = [...counts.keys()].sort();
  return names.map((name) => shadowRecord(name, counts.get(name) ?? {}, running.get(name) ?? null));
}

function shadowRecord(
  name: string,
  counts: Partial<Record<ShadowCounter, number>>,
  deadlineMs: number | null,
): ShadowRecord {
  const { judged = 0, falseKills = 0, actingFalseKills = 0, hung = 0, hungMs = 0, actingHungMs = 0 } = counts;
  return {
    name,
    deadlineMs,
    judged,
    falseKills,
    falseKillRate: judged === 0 ? null : falseKills / judged,
    actingFalseKills,
    hung,
    hangDetection: actingHungMs === 0 ? null : hungMs / actingHungMs,
  };
}
