import { markSample } from '../html/deadline-bar.js';
import { markup, type Markup } from '../html/markup.js';

export function runningLegend(): Markup {
  return markup`<ul class="legend">
<li><svg class="bar sample" aria-hidden="true"><rect class="track" y="5" width="100%" height="10" rx="3"/><rect class="fill on_time" y="5" width="60%" height="10" rx="3"/></svg>elapsed</li>
<li>${markSample('expected')}expected: half of the runs like it have ended by then</li>
<li>${markSample('late')}late: 19 of 20 have ended by then; only shown</li>
<li>${markSample('deadline')}deadline: it is ended here</li></ul>`;
}

export function classesLegend(): Markup {
  return markup`<ul class="legend">
<li><svg class="sample chart" viewBox="0 0 16 16" aria-hidden="true"><path class="run" d="M8 8h0"/></svg>a run that ended by itself</li>
<li><svg class="sample chart" viewBox="0 0 16 16" aria-hidden="true"><path class="ended" d="M4 4l8 8m0-8l-8 8"/></svg>a run that a limit ended</li>
<li><svg class="sample chart" viewBox="0 0 16 16" aria-hidden="true"><path class="allowed" d="M0 5H8V11H16"/></svg>the deadline that each run had; the time scale is logarithmic</li></ul>`;
}

/** The terms of the page, for somebody who sees it for the first time. */
export function explanation(): Markup {
  return markup`<details class="explain"><summary>What am I looking at?</summary><dl>
<dt>Job and attempt</dt><dd>A job is one piece of work. Each run of it by a worker is an attempt. After an attempt that failed, was ended or lost its worker, the job gets another one, as often as it may.</dd>
<dt>Class</dt><dd>Jobs of the same kind, with the same program or model, and the same label. How long the next one may take is learned from how long earlier ones took.</dd>
<dt>Deadline</dt><dd>The time after which an attempt is ended. A class without history gets a wide one (a <em>prior</em>), which becomes tighter with every run.</dd>
<dt>Late</dt><dd>Longer than 19 of 20 runs like it. This is only shown: slow work that is healthy is not ended.</dd>
<dt>Heartbeat</dt><dd>Each worker sends a heartbeat for every attempt twice a second. When they stop, the worker counts as lost and its jobs are requeued.</dd>
<dt>Ended early</dt><dd>Of an attempt that a limit ended, the full duration is not known: only that it is longer. Such runs are counted, but not as durations.</dd>
</dl></details>`;
}
