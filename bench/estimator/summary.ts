import type { Result } from './measure.js';
import type { Score } from './score.js';
import { SCENARIOS } from './world.js';

/** Figures of one policy on one trace (mean of the seeds) or over traces. Shares from 0 to 1, ratios to the oracle. */
export interface Figures {
  false_kills: number;
  /** Over traces: the worst of them. Of one trace: its worst seed. */
  worst_trace: number;
  worst_window: number;
  hang_detection: number;
  waste: number;
  cost: number;
  /** False kills in the last quarter, where the last third takes three, or ten, times as long. Absent: not run. */
  last_quarter_x3?: number;
  last_quarter_x10?: number;
  /** Time until hung first attempts are killed where 5 or 10 % hang with their retries, relative to the oracle. Absent: not run. */
  hangs_5?: number;
  hangs_10?: number;
  /** Where 5 % hang: the largest mean deadline of a key with 20 jobs in the last quarter, relative to the oracle. Absent: not run, or no such key. */
  widest_class_5?: number;
  /** False kills with the jobs in random order. Absent: not run. */
  shuffled?: number;
}

export interface Summary {
  mean: Figures;
  traces: Record<string, Figures>;
}

/** Arithmetic means of shares and geometric means of ratios over traces, without traces of derived durations. */
export function summarize(results: readonly Result[]): Record<string, Summary> {
  const summaries: Record<string, Summary> = {};
  for (const policy of new Set(results.map((result) => result.policy))) {
    const own = results.filter((result) => result.policy === policy);
    const names = [...new Set(own.map(({ trace }) => trace))];
    const measured = names.filter((name) => own.some(({ trace, derived }) => trace === name && !derived));
    const traces = Object.fromEntries(
      names.map((name) => [name, figuresOf(own.filter(({ trace }) => trace === name))]),
    );
    const counted = (measured.length > 0 ? measured : names)
      .map((name) => traces[name])
      .filter((figures) => figures !== undefined);
    summaries[policy] = { mean: meanOf(counted), traces };
  }
  return summaries;
}

/** Figures of other scenarios than the usual one, by the name in the summary. */
const EXTRAS = [
  ['last_quarter_x3', SCENARIOS.stepThree.name, 'lastQuarter'],
  ['last_quarter_x10', SCENARIOS.stepTen.name, 'lastQuarter'],
  ['hangs_5', SCENARIOS.hangsFive.name, 'hangDetection'],
  ['hangs_10', SCENARIOS.hangsTen.name, 'hangDetection'],
  ['shuffled', SCENARIOS.shuffled.name, 'falseKills'],
] as const;
const RATIOS: readonly string[] = ['hang_detection', 'cost', 'hangs_5', 'hangs_10'];

function figuresOf(ofTrace: readonly Result[]): Figures {
  const scores = (scenario: string) => ofTrace.find((result) => result.scenario === scenario)?.scores;
  const usual = scores(SCENARIOS.usual.name) ?? [];
  const mean = (of: readonly Score[], field: keyof Score) => average(of.map((score) => score[field]));
  const figures: Figures = {
    false_kills: mean(usual, 'falseKills'),
    worst_trace: Math.max(0, ...usual.map(({ falseKills }) => falseKills)),
    worst_window: mean(usual, 'worstWindow'),
    hang_detection: mean(usual, 'hangDetection'),
    waste: mean(usual, 'waste'),
    cost: mean(usual, 'cost'),
  };
  const widest = mean(scores(SCENARIOS.hangsFive.name) ?? [], 'widestKey');
  if (widest > 0) figures.widest_class_5 = widest;
  for (const [name, scenario, field] of EXTRAS) {
    const found = scores(scenario);
    if (found !== undefined) figures[name] = mean(found, field);
  }
  return figures;
}

function meanOf(traces: readonly Figures[]): Figures {
  const names = [...new Set(traces.flatMap((figures) => Object.keys(figures) as (keyof Figures)[]))];
  const entries = names.map((name): [string, number] => {
    const values = traces.map((figures) => figures[name] ?? Number.NaN);
    return [name, RATIOS.includes(name) ? geometric(values) : average(values)];
  });
  const mean = Object.fromEntries(entries) as unknown as Figures;
  const widest = Math.max(0, ...traces.map(({ widest_class_5 }) => widest_class_5 ?? 0));
  return {
    ...mean,
    worst_trace: Math.max(0, ...traces.map(({ false_kills }) => false_kills)),
    ...(widest === 0 ? {} : { widest_class_5: widest }),
  };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function geometric(values: readonly number[]): number {
  return Math.exp(average(values.map(Math.log)));
}
