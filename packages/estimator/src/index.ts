export { stepBudget, tooLittleFor, type StepBudget } from './budget/step-budget.js';
export { workflowDecision } from './budget/workflow-decision.js';
export { stepShares, type SharedStep, type StepShare } from './budget/step-shares.js';
export { classFromName, classInfo, classRingKeys, type ClassFacts } from './class-info.js';
export { classMode } from './class-mode.js';
export { shadowRecords } from './class-trust.js';
export { decide, extendedDeadlineMs } from './decide.js';
export { decideInMode } from './decide-in-mode.js';
export type { ColdStart, DecisionRequest, PreviousClock } from './decision-request.js';
export { durationWords } from './duration-words.js';
export { decisionSentence } from './sentence.js';
export { encodePart } from './encode-part.js';
export type { ClassCounter, EndedAttempt } from './ended-attempt.js';
export { falseKillRate, type FalseKillRate } from './false-kill-alarm.js';
export { hintsOf } from './hints.js';
export type { HistoryView } from './history.js';
export { classFrom, classify, type ClassifiedJob, type JobClass } from './job-class.js';
export { learn, type EndedJob, type Lesson } from './learn.js';
export { LevelState, type LevelPolicy } from './level-state.js';
export { normalizeModel } from './model-name.js';
export { startsOutside } from './running-start.js';
export { readLevel } from './read-level.js';
export { remaining } from './remaining.js';
export {
  METRICS,
  parseRingKey,
  ringKey,
  ringKeys,
  sharedRingKey,
  tenantScope,
  type Metric,
  type RingKey,
} from './ring-key.js';
export { sourceName } from './source-name.js';
export { decodeSample, encodeSample, isObservation, type Sample } from './sample.js';
