import { durationText, type Attempt, type Job, type MonitorView, type ProgressReport } from '@leeway/contract';
import { markup, type Markup } from '../html/markup.js';
import { clockTime } from '../html/time-text.js';

/** How far a running job is, in its own words and in those of runs like it; what its stream told, also after its end. */
export function progressSection(job: Job): Markup {
  const attempt = job.attempts.at(-1);
  const open = attempt !== undefined && attempt.endedAt === null;
  const parts = [
    open && attempt.waiting !== null ? waits(attempt.waiting) : null,
    open && job.progress !== null ? standing(job.progress) : null,
    attempt === undefined ? null : streamWords(attempt),
  ].filter((part) => part !== null);
  return parts.length === 0 ? markup`<p class="empty">It has not told anything yet.</p>` : markup`${parts}`;
}

function waits({ since, reason }: NonNullable<Attempt['waiting']>): Markup {
  return markup`<p class="waits"><strong>Waits for a person</strong>${reason !== null && `: ${reason}`}, since ${clockTime(since)}. Its clocks stand.</p>`;
}

function standing(report: ProgressReport): Markup {
  const { percent, percentIs, remainingMs, phase, notice } = report;
  const words = [
    percent === null ? null : `${percent} %${percentIs === 'estimated' ? ' (estimated from runs like it)' : ''}`,
    remainingMs === null ? null : `about ${durationText(remainingMs)} left`,
    phase === null ? null : `phase ${phase.number} of ${phase.of}: ${phase.name}`,
    notice === null ? null : `${NOTICES[notice.what]} for ${durationText(notice.forMs)}`,
  ].filter((part) => part !== null);
  const bar =
    percent !== null &&
    markup`<progress max="100" value="${percent}" aria-label="${percent} percent">${percent} %</progress> `;
  return markup`<p class="standing">${bar}${words.join(' · ')}</p>`;
}

const NOTICES: Record<NonNullable<ProgressReport['notice']>['what'], string> = {
  thinking: 'thinking',
  tool: 'a tool has been running',
  silent: 'silent',
  waiting: 'waiting',
};

function streamWords({ monitor }: Attempt): Markup | null {
  if (monitor === null) return null;
  return markup`<p class="muted">Its stream: ${monitor.reason}.${effects(monitor)}</p>`;
}

function effects({ extensions, extendedMs, idleMs, stuck }: MonitorView): string {
  const done = [
    stuck === null ? null : `It has gone in circles for ${durationText(stuck.forMs)}.`,
    extensions === 0 ? null : `That moved the deadline by ${durationText(extendedMs)}.`,
    idleMs === null ? null : `Silence is allowed for ${durationText(idleMs)} now.`,
  ].filter((part) => part !== null);
  return done.length === 0 ? '' : ` ${done.join(' ')}`;
}
