import { durationText } from '@leeway/contract';
import type { Lateness } from '../data/running-attempt.js';
import { markup, type Markup } from './markup.js';

/** What a bar shows, in milliseconds. The whole width is the time to the deadline. */
export interface DeadlineBar {
  elapsedMs: number;
  deadlineMs: number | null;
  expectedMs: number | null;
  lateMs: number | null;
  lateness: Lateness;
}

const FULL = 100;

/** Elapsed time as a part of the time to the deadline, with marks for expected, late and deadline. */
export function deadlineBar(bar: DeadlineBar): Markup {
  const { deadlineMs, elapsedMs, expectedMs, lateMs } = bar;
  if (deadlineMs === null || deadlineMs <= 0)
    return markup`<span class="muted">${durationText(elapsedMs)} so far</span>`;
  const at = (ms: number) => Math.min(FULL, (ms / deadlineMs) * FULL).toFixed(2);
  return markup`<svg class="bar" role="img" aria-label="${description(bar)}"><title>${description(bar)}</title>
<rect class="track" y="5" width="100%" height="10" rx="3"/><rect class="fill ${bar.lateness}" y="5" width="${at(elapsedMs)}%" height="10" rx="3"/>
${expectedMs !== null && mark('expected', at(expectedMs))}${lateMs !== null && mark('late', at(lateMs))}${mark('deadline', String(FULL))}</svg>`;
}

export type MarkName = 'expected' | 'late' | 'deadline';

/** Three marks of different shapes: a ring, a diamond, a post. */
const SHAPES: Record<MarkName, Markup> = {
  expected: markup`<path d="M0 4V16"/><circle cy="2.5" r="2.5"/>`,
  late: markup`<path d="M0 4V16"/><path class="solid" d="M0-1L3.5 2.5 0 6-3.5 2.5Z"/>`,
  deadline: markup`<path class="post" d="M0-1V21"/>`,
};

function mark(name: MarkName, percent: string): Markup {
  return markup`<svg class="mark ${name}" x="${percent}%" overflow="visible">${SHAPES[name]}</svg>`;
}

/** One mark, for a legend. */
export function markSample(name: MarkName): Markup {
  return markup`<svg class="bar sample" aria-hidden="true">${mark(name, String(FULL / 2))}</svg>`;
}

function description({ elapsedMs, deadlineMs, expectedMs, lateMs }: DeadlineBar): string {
  return [
    `${durationText(elapsedMs)} elapsed`,
    expectedMs === null ? 'no expectation yet' : `expected ${durationText(expectedMs)}`,
    ...(lateMs === null ? [] : [`late after ${durationText(lateMs)}`]),
    ...(deadlineMs === null ? [] : [`ended at ${durationText(deadlineMs)}`]),
  ].join(', ');
}
