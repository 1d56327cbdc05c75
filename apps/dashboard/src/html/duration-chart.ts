import { countText, durationText } from '@leeway/contract';
import { markup, type Markup } from './markup.js';

/** One ended attempt: its duration and its deadline, in milliseconds. */
export interface ChartRun {
  durationMs: number;
  deadlineMs: number;
  /** It was ended by a limit; its full duration is not known. */
  censored: boolean;
}

const WIDTH = 260;
const HEIGHT = 64;
const LEFT = 46;
const EDGE = 6;
/** Most runs of a chart: points of more would overlap. */
const RUNS_DRAWN = 60;
/** Shortest duration on the scale: a logarithm has no zero. */
const SMALLEST_MS = 1;

/** A stroke of no length with round ends. */
const DOT = 'h0';
/** A cross, for a run that was ended by a limit. */
const CROSS = 'm-3-3l6 6m0-6l-6 6';

/** Recent runs from left to right and their deadlines, on a logarithmic scale of time. */
export function durationChart(runs: readonly ChartRun[]): Markup {
  const drawn = runs.slice(-RUNS_DRAWN);
  if (drawn.length === 0) return markup`<span class="muted">no runs yet</span>`;
  const scale = timeScale(drawn);
  const x = (index: number) =>
    (LEFT + ((WIDTH - LEFT - EDGE) * (index + 0.5)) / Math.max(drawn.length, MIN_SLOTS)).toFixed(1);
  const label = description(drawn);
  const point = (run: ChartRun, index: number) => `M${x(index)} ${scale.y(run.durationMs)}`;
  // One path for all points of a kind keeps the page small: it is sent every second.
  const signs = (censored: boolean, sign: string) =>
    drawn.map((run, index) => (run.censored === censored ? point(run, index) + sign : '')).join('');
  return markup`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}"><title>${label}</title>
<text x="${LEFT - 6}" y="${EDGE + 4}">${durationText(scale.maxMs)}</text><text x="${LEFT - 6}" y="${HEIGHT - EDGE + 3}">${durationText(scale.minMs)}</text>
<path class="axis" d="M${LEFT} ${EDGE}V${HEIGHT - EDGE}H${WIDTH - EDGE}"/><path class="allowed" d="${deadlineSteps(drawn, x, scale.y)}"/>
<path class="run" d="${signs(false, DOT)}"/><path class="ended" d="${signs(true, CROSS)}"/></svg>`;
}

/** Fewer runs than this are drawn at the left instead of over the whole width. */
const MIN_SLOTS = 12;

function timeScale(runs: readonly ChartRun[]): { minMs: number; maxMs: number; y: (ms: number) => string } {
  const all = runs.flatMap((run) => [run.durationMs, run.deadlineMs]).map((ms) => Math.max(SMALLEST_MS, ms));
  const minMs = Math.min(...all);
  const maxMs = Math.max(...all);
  const span = Math.log(maxMs / minMs) || 1;
  const y = (ms: number) => {
    const share = Math.log(Math.max(SMALLEST_MS, ms) / minMs) / span;
    return (HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE)).toFixed(1);
  };
  return { minMs, maxMs, y };
}

function deadlineSteps(runs: readonly ChartRun[], x: (index: number) => string, y: (ms: number) => string): string {
  return runs
    .map((run, index) => (index === 0 ? `M${LEFT} ${y(run.deadlineMs)}H${x(0)}` : `H${x(index)}V${y(run.deadlineMs)}`))
    .join('');
}

function description(runs: readonly ChartRun[]): string {
  const durations = runs.map((run) => run.durationMs);
  const ended = runs.filter((run) => run.censored).length;
  const first = runs[0]?.deadlineMs ?? 0;
  const last = runs.at(-1)?.deadlineMs ?? 0;
  const deadline =
    first === last ? `deadline ${durationText(last)}` : `deadline from ${durationText(first)} to ${durationText(last)}`;
  const range = `took ${durationText(Math.min(...durations))} to ${durationText(Math.max(...durations))}`;
  return `The last ${countText(runs.length, 'run')} ${range}; ${deadline}; ${ended === 0 ? 'none was' : countText(ended, 'was', 'were')} ended by a limit.`;
}
