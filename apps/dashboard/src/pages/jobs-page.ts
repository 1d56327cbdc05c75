import { controlsOf, JOB_STATES, type Job, type JobList, type JobState } from '@leeway/contract';
import { stateBadge } from '../html/badge.js';
import { markup, type Markup } from '../html/markup.js';
import { table, type Column } from '../html/table.js';
import { jobLink } from '../sections/job-link.js';
import { page } from './layout.js';
import { agoText, durationOrDash } from '../html/figures.js';

/** The filters of the list; absent ones match every job. */
export interface JobsFilter {
  state?: JobState;
  kind?: string;
  label?: string;
  cursor?: string;
}

export function jobsPage(list: JobList, filter: JobsFilter, nowMs: number): string {
  return page({
    title: 'Jobs',
    current: 'jobs',
    pollPath: null,
    body: markup`<h1>Jobs</h1>${filterForm(filter)}<section aria-label="Jobs, newest first">${table({
      caption: 'Jobs, newest first',
      columns: columns(nowMs),
      rows: list.jobs,
      key: (job) => job.id,
      empty: 'No job matches this filter.',
    })}</section>${retryForm(list.jobs, filter, nowMs)}${list.next !== null && markup`<p><a href="${pathOf({ ...filter, cursor: list.next })}">Older jobs</a></p>`}`,
  });
}

function filterForm(filter: JobsFilter): Markup {
  const option = (state: JobState) => markup`<option${state === filter.state && markup` selected`}>${state}</option>`;
  return markup`<form class="filter" action="/jobs"><label>State <select name="state"><option value="">any</option>${JOB_STATES.map(option)}</select></label>
<label>Kind <input name="kind" value="${filter.kind ?? ''}"></label><label>Label <input name="label" value="${filter.label ?? ''}"></label><button>Show</button></form>`;
}

/** Retries the jobs that are shown, and none that were added since. */
function retryForm(jobs: readonly Job[], { state }: JobsFilter, nowMs: number): Markup | false {
  const possible = jobs.filter((job) => controlsOf(job, nowMs).includes('retry'));
  if (possible.length === 0 || (state !== 'failed' && state !== 'cancelled')) return false;
  const which = possible.length === jobs.length ? `these ${jobs.length}` : `${possible.length} of these ${jobs.length}`;
  return markup`<form class="retry-many" method="post" action="/jobs/retry">${possible.map(({ id }) => markup`<input type="hidden" name="id" value="${id}">`)}
<button title="Gives each of them new attempts. Steps of a workflow are left out: try the workflow again">Try ${which} again</button></form>`;
}

function pathOf(filter: JobsFilter): string {
  return `/jobs?${new URLSearchParams(filter as Record<string, string>).toString()}`;
}

function columns(nowMs: number): Column<Job>[] {
  return [
    {
      title: 'Job and class',
      meaning: 'What the job runs, with a link to its page, and the class of work that its deadline is learned from',
      cell: jobLink,
    },
    { title: 'State', meaning: 'Waiting, running, or how it ended', cell: (job) => stateBadge(job.state) },
    { title: 'Attempts', meaning: 'How often it has been started', numeric: true, cell: (job) => job.attempts.length },
    {
      title: 'Took',
      meaning: 'Duration of its last attempt',
      numeric: true,
      cell: (job) => durationOrDash(job.attempts.at(-1)?.durationMs),
    },
    {
      title: 'Submitted',
      meaning: 'Time since it was submitted',
      numeric: true,
      cell: (job) => agoText(nowMs - Date.parse(job.submittedAt)),
    },
  ];
}
