import { isFinal } from '@leeway/contract';
import type { JobDetail } from '../data/job-detail.js';
import { workTitle } from '../data/work-title.js';
import { markup, type Markup } from '../html/markup.js';
import { attemptsSection } from '../sections/attempts-section.js';
import { controlForms } from '../sections/control-forms.js';
import { decisionSection } from '../sections/decision-section.js';
import { jobFacts, jobSummary } from '../sections/job-facts.js';
import { runningLegend } from '../sections/legends.js';
import { outputSection } from '../sections/output-section.js';
import { jobPath } from '../sections/job-link.js';
import { progressSection } from '../sections/progress-section.js';
import { stepsSection } from '../sections/steps-section.js';
import { timelineSection } from '../sections/timeline-section.js';
import { valueBlock, withoutEnvironment } from '../sections/value-block.js';
import { livePart, page } from './layout.js';

const PARTS = [
  'summary',
  'progress',
  'facts',
  'steps',
  'attempts',
  'decision',
  'result',
  'output',
  'timeline',
] as const;
type PartName = (typeof PARTS)[number];

/** The parts of the page that are updated, by name. */
export function jobParts({ job, running, events, output, atMs }: JobDetail): Record<PartName, Markup> {
  return {
    summary: markup`${jobSummary(job)}${controlForms(job, atMs)}`,
    progress: progressSection(job),
    facts: jobFacts(job),
    steps: stepsSection(job, atMs),
    attempts: attemptsSection({ attempts: job.attempts, running }),
    decision: decisionSection(job.decision),
    result: valueBlock(
      job.result,
      job.finishedAt === null ? 'The job has not ended yet.' : 'The job returned no result.',
    ),
    output: outputSection(output),
    timeline: timelineSection(events),
  };
}

export interface JobPageLinks {
  pollPath: string;
  /** The same job on Bull Board; null for a workflow, of which Bull Board has only the steps. */
  boardPath: string | null;
}

export function jobPage(detail: JobDetail, links: JobPageLinks): string {
  const { job } = detail;
  const parts = jobParts(detail);
  const part = (name: PartName) => livePart(name, parts[name]);
  return page({
    title: workTitle(job),
    current: 'job',
    pollPath: isFinal(job.state) ? null : links.pollPath,
    body: markup`${trail(job, links)}
<h1>${workTitle(job)}</h1>${part('summary')}${job.steps === null ? attemptSections(part) : stepSections(part)}
<section aria-labelledby="result"><h2 id="result">Result</h2>${part('result')}</section>
<section aria-labelledby="facts"><h2 id="facts">About this job</h2>${part('facts')}
<details><summary>Input</summary>${valueBlock(withoutEnvironment(job.input), 'The job has no input.')}</details>
<details><summary>Metadata and limits</summary>${valueBlock({ metadata: job.metadata, limits: job.limits }, '')}</details></section>`,
  });
}

function trail({ workflow }: JobDetail['job'], { boardPath }: JobPageLinks): Markup {
  const whole = workflow !== null && markup`<a href="${jobPath(workflow.id)}">its workflow</a> › step ${workflow.step}`;
  const board = boardPath !== null && markup` · <a href="${boardPath}">the same job on Bull Board</a>`;
  return markup`<p class="trail"><a href="/">Overview</a> › <a href="/jobs">Jobs</a> › ${whole === false ? 'job' : whole}${board}</p>`;
}

function attemptSections(part: (name: PartName) => Markup): Markup {
  return markup`<section aria-labelledby="attempts"><h2 id="attempts">Attempts</h2>${runningLegend()}${part('attempts')}</section>
<section aria-labelledby="progress"><h2 id="progress">Progress</h2>${part('progress')}</section>
<section aria-labelledby="decision"><h2 id="decision">Why this deadline</h2>${part('decision')}</section>
<div class="columns"><section aria-labelledby="output"><h2 id="output">Output</h2>${part('output')}</section>
<section aria-labelledby="timeline"><h2 id="timeline">Events</h2>${part('timeline')}</section></div>`;
}

/** A workflow has no attempts and no output of its own: its steps have. */
function stepSections(part: (name: PartName) => Markup): Markup {
  return markup`<section aria-labelledby="steps"><h2 id="steps">Steps</h2>${part('steps')}</section>
<section aria-labelledby="timeline"><h2 id="timeline">Events</h2>${part('timeline')}</section>`;
}
