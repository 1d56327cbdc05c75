import { durationText, CAUSES, type Cause, type JobEvent } from '@leeway/contract';

/** Longest detail of one event, in characters; output and results have their own sections. */
const DETAIL_LENGTH = 300;
/** Fields that are shown elsewhere: the cause, for one, is shown with the end of the attempt. */
const LEFT_OUT: Partial<Record<JobEvent['type'], readonly string[]>> = {
  finished: ['cause'],
  retrying: ['cause'],
  // The page has its own section for these.
  progress: ['phase', 'notice', 'deadlineMs', 'expectedMs', 'percentIs'],
  monitor: ['advice', 'confidence', 'extensions', 'extendedMs', 'stuck'],
  // The table of steps links to their jobs.
  step_queued: ['job'],
  step_started: ['job'],
  step_extended: ['job'],
  step_ended: ['job'],
};

/** The data of an event in words: `lengthMs: 1200` is "length 1.2 s", a time is a clock time. */
export function eventDetail({ type, at, data }: JobEvent): string {
  if (data === null || typeof data !== 'object') return '';
  const skipped = LEFT_OUT[type] ?? [];
  const facts = Object.entries(data).filter(
    ([name, value]) => !skipped.includes(name) && value !== null && value !== '',
  );
  return facts
    .toSorted(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
    .map(([name, value]) => fact(name, value, at))
    .join(', ')
    .slice(0, DETAIL_LENGTH);
}

/** Outcome or state first, cause last. */
function rank(name: string): number {
  if (name === 'step') return -1;
  if (name === 'outcome' || name === 'state') return 0;
  return name === 'cause' ? 2 : 1;
}

function fact(name: string, value: unknown, at: string): string {
  if (name === 'cause') return `because: ${CAUSES[value as Cause] ?? String(value)}`;
  if (typeof value === 'number' && name.endsWith('Ms'))
    return `${wordsOf(name.slice(0, -'Ms'.length))} ${durationText(value)}`;
  if (typeof value === 'number' && name.endsWith('At')) return `${wordsOf(name)} ${momentText(value, at)}`;
  return `${wordsOf(name)} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

const NAMES: Readonly<Record<string, string>> = { allocation: 'allotted', late: 'after' };

/** `deadlineAt` as "deadline at". */
function wordsOf(name: string): string {
  if (name in NAMES) return NAMES[name] as string;
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** A clock time, with the date where it is not that of the event. */
function momentText(epochMs: number, eventAt: string): string {
  const moment = new Date(epochMs);
  if (Number.isNaN(moment.valueOf())) return String(epochMs);
  const iso = moment.toISOString();
  const date = iso.slice(0, 'yyyy-mm-dd'.length);
  const time = iso.slice('yyyy-mm-ddT'.length, 'yyyy-mm-ddTHH:MM:SS'.length);
  return eventAt.startsWith(date) ? time : `${date} ${time}`;
}
