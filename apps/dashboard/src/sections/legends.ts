import { markSample } from '../html/deadline-bar.js';
import { markup, type Markup } from '../html/markup.js';

export function runningLegend(): Markup {
  return markup`<ul class="legend">
<li><svg class="bar sample" aria-hidden="true"><rect class="track" y="5" width="100%" height="10" rx="3"/><rect class="fill on_time" y="5" width="60%" height="10" rx="3"/></svg>elapsed</li>
<li>${markSample('expected')}expected: half of the runs like it are done by then</li>
<li>${markSample('late')}late: 19 of 20 are done; only shown, never ends a run</li>
<li>${markSample('deadline')}deadline: ended here if it is still running</li></ul>`;
}

export function classesLegend(): Markup {
  return markup`<ul class="legend">
<li><svg class="sample chart" viewBox="0 0 16 16" aria-hidden="true"><path class="run" d="M8 8h0"/></svg>a run that ended by itself</li>
<li><svg class="sample chart" viewBox="0 0 16 16" aria-hidden="true"><path class="ended" d="M4 4l8 8m0-8l-8 8"/></svg>a run that was ended</li>
<li><svg class="sample chart" viewBox="0 0 16 16" aria-hidden="true"><path class="allowed" d="M0 5H8V11H16"/></svg>the deadline each of them had; the scale of time is logarithmic</li></ul>`;
}

/** The ideas behind the figures, for somebody who sees the page for the first time. */
export function explanation(): Markup {
  return markup`<details class="explain"><summary>What am I looking at?</summary><dl>
<dt>Job and attempt</dt><dd>A job is one piece of work. Each time a worker runs it is an attempt; an attempt that is ended, or whose worker dies, is followed by another one.</dd>
<dt>Class</dt><dd>Jobs of the same kind, program or model, and label. How long the next one may take is learned from how long the last ones took.</dd>
<dt>Deadline</dt><dd>The time after which an attempt is ended. A class that nobody has seen gets a wide one (a <em>prior</em>); it tightens as results come in.</dd>
<dt>Late</dt><dd>Longer than 19 of 20 runs like it. That is shown and does nothing: slow and healthy is allowed.</dd>
<dt>Heartbeat</dt><dd>Twice a second each worker vouches for what it runs. When that stops, the worker is lost and its attempts are run again elsewhere.</dd>
<dt>Cut short</dt><dd>An attempt that was ended teaches only that such work can take longer than that. Such results are counted and never taken for durations.</dd>
</dl></details>`;
}
