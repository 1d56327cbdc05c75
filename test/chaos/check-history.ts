import { deadlinesHold } from './checks/deadlines-hold.js';
import { endsOnce } from './checks/ends-once.js';
import { extraRuns } from './checks/extra-runs.js';
import { learnedOnce } from './checks/learned-once.js';
import { noOverlap } from './checks/no-overlap.js';
import { noSurvivors } from './checks/no-survivors.js';
import { oneResult } from './checks/one-result.js';
import { storesAgree } from './checks/stores-agree.js';
import { expectedOutcome } from './checks/expected-outcome.js';
import type { ChaosHistory, Check, Violation } from './history.js';

/** Every promise that the history of an attack has to keep. */
const CHECKS: readonly Check[] = [
  endsOnce,
  oneResult,
  extraRuns,
  noOverlap,
  deadlinesHold,
  noSurvivors,
  learnedOnce,
  storesAgree,
  expectedOutcome,
];

/** Pure: the same history gives the same violations. */
export function checkHistory(history: ChaosHistory): Violation[] {
  return CHECKS.flatMap((check) => check(history));
}
