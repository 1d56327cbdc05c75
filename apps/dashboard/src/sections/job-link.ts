import type { Job } from '@leeway/contract';
import { workTitle } from '../data/work-title.js';
import { markup, type Markup } from '../html/markup.js';

/** Characters of an id that are shown: enough to distinguish the jobs of one page. */
const SHORT_ID = 10;

export function jobPath(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`;
}

/** What a job runs, linked to its page, with its class and short id below. */
export function jobLink(job: Job): Markup {
  return markup`<a class="job" href="${jobPath(job.id)}" title="${workTitle(job)}">${workTitle(job)}</a>
<span class="muted origin"><code title="Class of work, from which its deadline is learned">${job.class}</code> · <span title="Job ${job.id}">${job.id.slice(0, SHORT_ID)}</span></span>`;
}
