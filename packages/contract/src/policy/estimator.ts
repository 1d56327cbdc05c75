import { z } from 'zod';
import { count, DAY_MS, HOUR_MS, ms, setting } from './setting.js';

/** Every constant of the estimator. */
export const estimatorPolicySchema = z.strictObject({
  window: setting(count(50, 1_000), 200, { meaning: 'Newest results kept for each level of a class', unit: 'results', reason: 'Between 100 and 1,000 the measured cost hardly differs; 200 stays under 4 kB' }),
  minSamples: setting(count(5, 200), 20, { meaning: 'Results a level needs before its own figures are used with the plain margin', unit: 'results', reason: 'The first results of a burst are the short ones; 20 is where the measured false kills flatten' }),
  minBorrow: setting(count(3, 200), 5, { meaning: 'Results a level needs to be used at all, with a doubled margin', unit: 'results', reason: 'Below five a quantile is a guess' }),
  quantile: setting(z.number().gt(0.5).lt(1), 0.95, { meaning: 'The quantile of past results that the deadline is a multiple of', unit: 'share', reason: 'A higher quantile needs more results to be stable; the margin covers the rest' }),
  margin: setting(z.number().min(1).max(20), 2, { meaning: 'The deadline is this many times the quantile', unit: 'factor', reason: 'Under 1 % healthy attempts killed on real traces' }),
  coldMargin: setting(z.number().min(1).max(10), 2, { meaning: 'Further factor on the margin while a level has fewer than minSamples results', unit: 'factor', reason: 'Few results underestimate the spread' }),
  hangBound: setting(z.number().min(1).max(100), 8, { meaning: 'Where the quantile lies among attempts that hung, the deadline is at most this many times the margin times the quantile of those that ended', unit: 'factor', reason: 'A class that keeps hanging must not wind its deadline up to the cap' }),
  keptKills: setting(count(1, 100), 8, { meaning: 'Deadlines of jobs killed twice that are remembered for each level', unit: 'deadlines', reason: 'Enough for the last burst of hangs' }),
  retryFactor: setting(z.number().min(1).max(10), 2, { meaning: 'The attempt after a deadline kill gets at least this many times the killed deadline', unit: 'factor', reason: 'A job must not die twice at the same second' }),
  askAgainGrowth: setting(z.number().min(0).max(1), 0.02, { meaning: 'At expiry the estimator is asked again; the deadline is extended if the answer has grown by more than this share', unit: 'share', reason: 'Smaller growth is noise' }),
  floorMs: setting(ms(0, HOUR_MS), 2_000, { meaning: 'No deadline from the own results of a class is shorter', unit: 'ms', reason: 'Jobs of 100 ms must not be killed by a hiccup of the machine' }),
  coldFloorMs: setting(ms(0, HOUR_MS), 30_000, { meaning: 'No deadline borrowed from a more general level is shorter', unit: 'ms', reason: 'Sixty quick jobs must not kill the first slow one of another sort' }),
  idleMinSamples: setting(count(5, 1_000), 20, { meaning: 'Runs with activity that a class needs before an idle window is learned for commands and user handlers', unit: 'runs', reason: 'A healthy command may be silent for minutes' }),
  historyTtlMs: setting(ms(HOUR_MS, 365 * DAY_MS), 30 * DAY_MS, { meaning: 'History of a class that saw no run for this long is dropped', unit: 'ms', reason: 'A month covers monthly-ish work without keeping what nobody runs' }),
  cacheMs: setting(ms(0, 60_000), 1_000, { meaning: 'How old the history that a process holds in memory may be', unit: 'ms', reason: 'One read a second and class, whatever the load' }),
  readTimeoutMs: setting(ms(10, 10_000), 250, { meaning: 'How long a decision waits for history before it falls back to static limits', unit: 'ms', reason: 'History is never on the critical path' }),
});
export type EstimatorPolicy = z.output<typeof estimatorPolicySchema>;
