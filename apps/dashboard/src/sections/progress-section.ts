import { durationText, type Attempt, type Job, type MonitorView, type ProgressReport } from '@leeway/contract';
import { markup, type Markup } from '../html/markup.js';
import { clockTime } from '../html/time-text.js';

/** The progress of a running job, as reported or as estimated from runs like it, and the findings about its output, also after its end. */
export function progressSection(job: Job): Markup {
  const attempt = job.attempts.at(-1);
  const open = attempt !== undefined && attempt.endedAt === null;
  const parts = [
    open && attempt.waiting !== null ? approvalWait(attempt.waiting) : null,
    open && job.progress !== null ? reported(job.progress) : null,
    attempt === undefined ? null : findings(attempt, open),
  ].filter((part) => part !== null);
  return parts.length === 0 ? markup`<p class="empty">No progress has been reported.</p>` : markup`${parts}`;
}

function approvalWait({ since, reason }: NonNullable<Attempt['waiting']>): Markup {
  return markup`<p class="waits"><strong>Waiting for a person</strong>${reason !== null && `: ${reason}`}, since ${clockTime(since)}. Its time limits are paused.</p>`;
}

function reported(report: ProgressReport): Markup {
  const { percent, percentIs, remainingMs, phase, notice } = report;
  const parts = [
    percent === null ? null : `${percent} %${percentIs === 'estimated' ? ' (estimated from runs like it)' : ''}`,
    remainingMs === null ? null : `about ${durationText(remainingMs)} left`,
    phase === null ? null : `phase ${phase.number} of ${phase.of}: ${phase.name}`,
    notice === null ? null : `${NOTICES[notice.what]} for ${durationText(notice.forMs)}`,
  ].filter((part) => part !== null);
  const bar =
    percent !== null &&
    markup`<progress max="100" value="${percent}" aria-label="${percent} percent">${percent} %</progress> `;
  return markup`<p class="progress-line">${bar}${parts.join(' · ')}</p>`;
}

const NOTICES: Record<NonNullable<ProgressReport['notice']>['what'], string> = {
  thinking: 'thinking',
  tool: 'a tool has been running',
  silent: 'silent',
  waiting: 'waiting',
};

/** Of an attempt that has ended, only findings with an effect are of interest. */
function findings({ monitor }: Attempt, open: boolean): Markup | null {
  if (monitor === null || (!open && effects(monitor) === '')) return null;
  return markup`<p class="muted">Its output: ${monitor.reason}.${effects(monitor)}</p>`;
}

function effects({ extensions, extendedMs, idleMs, stuck }: MonitorView): string {
  const done = [
    stuck === null ? null : `It has repeated itself for ${durationText(stuck.forMs)}.`,
    extensions === 0 ? null : `This moved the deadline by ${durationText(extendedMs)}.`,
    idleMs === null ? null : `It may now be silent for ${durationText(idleMs)}.`,
  ].filter((part) => part !== null);
  return done.length === 0 ? '' : ` ${done.join(' ')}`;
}
