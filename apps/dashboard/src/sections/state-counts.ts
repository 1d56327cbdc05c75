import { wholeText, JOB_STATES, type JobState } from '@leeway/contract';
import { markup, type Markup } from '../html/markup.js';

/** How many jobs there are in each state, each a way to the list of them. States without jobs are left out. */
export function stateCounts(counts: Record<JobState, number>): Markup {
  const there = JOB_STATES.filter((state) => counts[state] > 0);
  if (there.length === 0) return markup``;
  return markup`<ul class="counts" aria-label="Jobs by state">${there.map((state) => markup`<li data-key="${state}"><a href="/jobs?state=${state}"><strong>${wholeText(counts[state])}</strong> ${state}</a></li>`)}</ul>`;
}
