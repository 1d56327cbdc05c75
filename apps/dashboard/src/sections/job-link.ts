import type { Job } from '@leeway/contract';
import { workTitle } from '../data/work-title.js';
import { markup, type Markup } from '../html/markup.js';

/** Enough of an id to tell jobs of one page apart. */
const SHORT_ID = 10;

export function jobPath(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`;
}

/** What a job does, linked to its page, with its class, label and short id below. */
export function jobLink(job: Job): Markup {
  return markup`<a class="job" href="${jobPath(job.id)}" title="${workTitle(job)}">${workTitle(job)}</a>
<span class="muted origin"><code title="Class: what its deadline is learned from">${job.class}</code> · <span title="Job ${job.id}">${job.id.slice(0, SHORT_ID)}</span></span>`;
}
