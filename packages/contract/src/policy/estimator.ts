import { z } from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../format/duration.js';
import { count, factor, ms, setting, share } from './setting.js';

/** What a caller may say of a job's complexity, in a tag like `[complexity: high]`. */
export const COMPLEXITIES = ['trivial', 'low', 'simple', 'medium', 'high', 'complex', 'extreme'] as const;
export type Complexity = (typeof COMPLEXITIES)[number];

const COMPLEXITY_FACTORS: Readonly<Record<Complexity, number>> = {
  trivial: 0.25,
  low: 0.5,
  simple: 0.75,
  medium: 1,
  high: 2,
  complex: 3,
  extreme: 6,
};

const complexitySchema = z.strictObject({
  trivial: complexityFactor('trivial'),
  low: complexityFactor('low'),
  simple: complexityFactor('simple'),
  medium: complexityFactor('medium'),
  high: complexityFactor('high'),
  complex: complexityFactor('complex'),
  extreme: complexityFactor('extreme'),
});

function complexityFactor(level: Complexity): z.ZodDefault<z.ZodNumber> {
  return factor(0.01, 100).default(COMPLEXITY_FACTORS[level]);
}

/** Every constant of the estimator. */
export const estimatorPolicySchema = z.strictObject({
  window: setting(count(50, 1_000), 200, {
    meaning: 'Newest results kept for each level of a class',
    unit: 'results',
    reason: 'Between 100 and 1,000 the measured cost hardly differs; 200 stays under 4 kB',
  }),
  minSamples: setting(count(5, 200), 20, {
    meaning: 'Results a level needs before its own figures are used with the plain margin',
    unit: 'results',
    reason: 'The first results of a burst are the short ones; from here on the measured false kills are flat',
  }),
  minBorrow: setting(count(3, 200), 5, {
    meaning: 'Results a level needs to be used at all, with coldMargin',
    unit: 'results',
    reason: 'Below five a quantile is a guess',
  }),
  quantile: setting(share(0.5, 0.99), 0.95, {
    meaning: 'The quantile of past results that the deadline is a multiple of',
    unit: 'share',
    reason: 'A higher quantile needs more results to be stable; the margin covers the rest',
  }),
  margin: setting(factor(1, 20), 2, {
    meaning: 'The deadline is this many times the quantile until the margin has been measured',
    unit: 'factor',
    reason: 'About 1 % of healthy attempts killed on real traces',
  }),
  coldMargin: setting(factor(1, 10), 2, {
    meaning: 'Further factor on the margin while a level has fewer than minSamples results',
    unit: 'factor',
    reason: 'Few results underestimate the spread',
  }),
  killShare: setting(share(0.0005, 0.1), 0.0057, {
    meaning:
      'The measured margin is such that this share of the newest attempts of the kind and executable took longer',
    unit: 'share',
    reason: 'With drift this becomes about 0.7 % of healthy attempts killed on real traces',
  }),
  marginSamples: setting(count(50, 1_000), 200, {
    meaning: 'Results of a kind and executable that it takes to measure its margin',
    unit: 'results',
    reason: 'One of them lies beyond the margin',
  }),
  marginMin: setting(factor(1, 20), 1.2, {
    meaning: 'Smallest measured margin',
    unit: 'factor',
    reason: 'Calm times end without notice',
  }),
  marginMax: setting(factor(1, 100), 3.5, {
    meaning: 'Largest measured margin',
    unit: 'factor',
    reason: 'Beyond it hangs cost more than the kills it spares',
  }),
  cautionWindow: setting(count(1, 200), 50, {
    meaning: 'Newest results of a level in which wrong kills make it careful',
    unit: 'results',
    reason: 'Slow times come in bursts of about that length',
  }),
  cautionStep: setting(factor(0, 5), 0.35, {
    meaning: 'Each of those widens the margin by this share',
    unit: 'share',
    reason: 'Three wrong kills double the deadline',
  }),
  cautionMax: setting(factor(1, 20), 3, {
    meaning: 'Caution widens the margin at most by this factor',
    unit: 'factor',
    reason: 'Bounds what a burst can do',
  }),
  meanShrink: setting(factor(0, 1_000), 5, {
    meaning: 'A class with this many results is trusted half with its own mean, half with that of the level above',
    unit: 'results',
    reason: 'Runs of one class differ about as much as classes of one kind',
  }),
  quantileShrink: setting(factor(0, 1_000), 15, {
    meaning:
      "A level with this many results is trusted half with its own quantile, half with its parent's, moved by the difference of their means; a class that borrows, and has minBorrow results, likewise",
    unit: 'results',
    reason: 'Where the quantile of few results is its largest one',
  }),
  crowd: setting(count(2, 1_000), 3, {
    meaning:
      'Running attempts that have outlasted what a more general level usually takes, from which that level is not believed',
    unit: 'attempts',
    reason: 'One or two may hang',
  }),
  crowdShare: setting(factor(0, 10), 0.5, {
    meaning: 'And they have to be more than this share of the results the class has',
    unit: 'share',
    reason: 'With results of its own it needs no suspicion',
  }),
  hangSuspect: setting(factor(1, 100), 3, {
    meaning: 'A running attempt that has lasted this many times the quantile, and was overtaken, is taken to hang',
    unit: 'factor',
    reason: 'What was overtaken and takes three times the usual is hardly ever slow',
  }),
  hangSuspectShare: setting(share(0, 0.5), 0.02, {
    meaning: 'Running attempts are taken to hang only where more than this share of the results hung',
    unit: 'share',
    reason: 'Twice the 1 % that is usual',
  }),
  overtakers: setting(count(1, 200), 20, {
    meaning: 'It was overtaken when this many that began after it have ended',
    unit: 'results',
    reason: 'In a slow-down nothing is overtaken by so many',
  }),
  hangsSpared: setting(count(0, 100), 2, {
    meaning: 'Runs in a window that did not end and are taken to hang, not to be slow',
    unit: 'results',
    reason: 'Where 2 % hang this is what a window of a hundred shows',
  }),
  hangShare: setting(share(0, 0.5), 0.03, {
    meaning: 'A class of which more than this share has hung for a while is taken to keep hanging',
    unit: 'share',
    reason: 'Well above what chance makes of 1 %',
  }),
  hangShareFactor: setting(factor(0, 10), 5, {
    meaning: 'The share above hangShare times this is expected to hang, and does not lengthen the deadline',
    unit: 'factor',
    reason: 'First attempts and retries that still run hang at the same rate',
  }),
  hangShareMax: setting(share(0, 0.9), 0.2, {
    meaning: 'At most this share of a window is taken to hang',
    unit: 'share',
    reason: 'When more does not end, the work itself has become slower',
  }),
  hangBound: setting(factor(1, 100), 6, {
    meaning:
      'Where the quantile lies among attempts that did not end, the deadline is at most this many times the plain one',
    unit: 'factor',
    reason: 'A class that keeps hanging must not wind its deadline up to the cap',
  }),
  changeMax: setting(factor(1, 1_000), 30, {
    meaning:
      'Results of the last changeWithinMs move what is usual for a class by at most this factor, up or down, from what the older ones say',
    unit: 'factor',
    reason:
      'On real traces a factor of 10 made the worst 500 jobs of a grid three times worse, one of 30 changed nothing: it stops only absurd jumps',
  }),
  changeWithinMs: setting(ms(0, DAY_MS), HOUR_MS, {
    meaning: 'How old results have to be to say what was usual before',
    unit: 'ms',
    reason: 'An hour covers a burst and an overload of a provider',
  }),
  loadWindow: setting(count(5, 48), 20, {
    meaning: 'Newest results that the load factor is measured from',
    unit: 'results',
    reason: 'What the next result looks like shows best in the last twenty',
  }),
  loadNoticed: setting(factor(1, 10), 2, {
    meaning: 'A smaller slow-down than this is taken for chance',
    unit: 'factor',
    reason: 'The median of twenty results may vary by as much as that',
  }),
  loadWeight: setting(share(0, 1), 0.5, {
    meaning: 'Power of the measured slow-down that is applied: 1 all of it, 0 none',
    unit: 'power',
    reason: 'Long runs slow down less than short ones',
  }),
  loadMax: setting(factor(1, 20), 3, {
    meaning: 'Largest load factor',
    unit: 'factor',
    reason: 'A larger slow-down shows in the durations themselves soon enough',
  }),
  slowWorkerRuns: setting(count(3, 50), 6, {
    meaning: 'So many results of one worker in a row have to be slow, all but one, before it is taken to be a slow one',
    unit: 'results',
    reason: 'Five slow ones of six are hardly ever chance where the others are quick meanwhile',
  }),
  slowWorkerFactor: setting(factor(1.5, 100), 3, {
    meaning:
      'They are slow when they took this many times what three quarters of the results of other workers took meanwhile; they then say nothing to the others',
    unit: 'factor',
    reason: 'Machines of one fleet differ by less, sick ones by more',
  }),
  slowWorkerMax: setting(factor(1, 100), 10, {
    meaning: 'A slow worker gets as much longer deadlines for its own attempts, up to this factor',
    unit: 'factor',
    reason: 'Work that is slow is not to be lost; what takes longer is better handed on',
  }),
  retryFactor: setting(factor(1, 10), 2, {
    meaning: 'The attempt after a deadline kill gets at least this many times the killed deadline',
    unit: 'factor',
    reason: 'A job must not die twice at the same second',
  }),
  retrySlowRuns: setting(count(1, 200), 4, {
    meaning:
      'When so many runs in the window of the class ended by themselves after longer than the deadline that ended the attempt before, the next one may take as long as the longest of them, times marginMin',
    unit: 'runs',
    reason:
      'One of two hundred lies beyond a deadline by chance; four are work that takes that long, and would never end',
  }),
  askAgainGrowth: setting(share(0, 1), 0.02, {
    meaning:
      'At expiry the estimator is asked again; the deadline is extended if the answer has grown by more than this share',
    unit: 'share',
    reason: 'Smaller growth is noise',
  }),
  floorMs: setting(ms(0, HOUR_MS), 2_000, {
    meaning: 'No deadline from the own results of a class is shorter',
    unit: 'ms',
    reason: 'Jobs of 100 ms must not be killed by a hiccup of the machine',
  }),
  coldFloorMs: setting(ms(0, HOUR_MS), 30_000, {
    meaning: 'No deadline borrowed from a more general level is shorter',
    unit: 'ms',
    reason: 'Sixty quick jobs must not kill the first slow one of another sort',
  }),
  idleMinSamples: setting(count(5, 1_000), 20, {
    meaning: 'Runs with activity that a class needs before an idle window is learned for commands and user handlers',
    unit: 'runs',
    reason: 'A healthy command may be silent for minutes',
  }),
  budgetFirstShare: setting(share(0, 1), 0.3, {
    meaning:
      'Where somebody set how long an attempt may take, its first output has to come within this share of it, unless that was asked for otherwise',
    unit: 'share',
    reason: 'Enough is left for another try: 13.5 of 45 s',
  }),
  budgetIdleShare: setting(share(0, 1), 0.2, {
    meaning: 'And no silence between two outputs may take longer than this share',
    unit: 'share',
    reason: 'A stream that has stopped leaves time to begin again: 9 of 45 s',
  }),
  budgetFirstFloorMs: setting(ms(0, HOUR_MS), 5_000, {
    meaning: 'That share of a small budget is at least this much for the first output',
    unit: 'ms',
    reason: 'Connecting and reading a prompt take a few seconds, however little time there is',
  }),
  budgetIdleFloorMs: setting(ms(0, HOUR_MS), 3_000, {
    meaning: 'And at least this much for a silence',
    unit: 'ms',
    reason: 'Healthy streams pause for a second or two',
  }),
  coldAfterMs: setting(ms(0, DAY_MS), 5 * MINUTE_MS, {
    meaning: 'What has said nothing on a worker for this long may have to start up again: the attempt is a cold one',
    unit: 'ms',
    reason: 'Local model servers unload a model after about as long',
  }),
  coldMinSamples: setting(count(3, 1_000), 5, {
    meaning: 'Cold attempts from which their first-output window is learned',
    unit: 'attempts',
    reason: 'They are rare, and until then the allowance of the policy holds',
  }),
  complexity: setting(complexitySchema, COMPLEXITY_FACTORS, {
    meaning: 'What a complexity tag makes of the default deadline of a kind, while nothing like the job has run',
    unit: 'factor by level',
    reason: 'A hint of the caller, from a quarter to six times; from the first results on it has no effect',
  }),
  historyTtlMs: setting(ms(HOUR_MS, 365 * DAY_MS), 30 * DAY_MS, {
    meaning: 'History of a class that saw no run for this long is dropped',
    unit: 'ms',
    reason: 'A month covers monthly-ish work without keeping what nobody runs',
  }),
  cacheMs: setting(ms(0, 60_000), 1_000, {
    meaning: 'How old the history that a process holds in memory may be',
    unit: 'ms',
    reason: 'One read a second and class, whatever the load',
  }),
  readTimeoutMs: setting(ms(10, 10_000), 250, {
    meaning: 'How long a decision waits for history before it falls back to static limits',
    unit: 'ms',
    reason: 'History is never on the critical path',
  }),
});
export type EstimatorPolicy = z.output<typeof estimatorPolicySchema>;
