export { classInfos, classInfosWithoutHistory, type ClassSources } from './class-infos.js';
export { Forecaster, type Extended, type ForecasterOptions } from './forecaster.js';
export { HISTORY_READ_TIMEOUT_MS } from './history-cache.js';
export { phaseRules, type PhaseRules } from './phase-rules.js';
export type { AttemptFacts, JobLimits, StepTime, Work } from './work.js';
