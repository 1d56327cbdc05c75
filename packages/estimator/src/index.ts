export { stepBudget, tooLittleFor, type StepBudget } from './budget/step-budget.js';
export { stepShares, type SharedStep, type StepShare } from './budget/step-shares.js';
export { workflowDecision } from './budget/workflow-decision.js';
export { classInfo, classRingKeys, type ClassFacts } from './classes/class-info.js';
export { shadowRecords } from './classes/class-trust.js';
export { encodePart } from './classify/encode-part.js';
export { hintsOf } from './classify/hints.js';
export { classFrom, classFromName, classify, type ClassifiedJob, type JobClass } from './classify/job-class.js';
export { normalizeModel } from './classify/model-name.js';
export { classMode } from './deadline/class-mode.js';
export { COLD_AFTER_MS, type ColdStart, START_UP_MS } from './deadline/cold-start.js';
export { decideInMode } from './deadline/decide-in-mode.js';
export { decide } from './deadline/decide.js';
export type { DecisionRequest, PreviousClock } from './deadline/decision-request.js';
export { endsAtShare, extendedDeadlineMs, GROWTH_NOTICED } from './deadline/extension.js';
export { falseKillRate, type FalseKillRate } from './deadline/false-kill-alarm.js';
export { remaining } from './deadline/remaining.js';
export type { Tuning } from './deadline/rules.js';
export type { HistoryView } from './history/history-view.js';
export { LevelState } from './history/level-state.js';
export { fleetLevelOf, readLevel } from './history/read-level.js';
export {
  METRICS,
  parseRingKey,
  ringKey,
  ringKeys,
  sharedRingKey,
  tenantScope,
  type Metric,
  type RingKey,
} from './history/ring-key.js';
export { startsOutside } from './history/running-attempts.js';
export { decodeSample, encodeSample, isObservation, type Sample, sourceName } from './history/sample.js';
export type { ClassCounter, EndedAttempt } from './observe/ended-attempt.js';
export type { EndedJob, Observations } from './observe/observations.js';
export { observe } from './observe/observe.js';
