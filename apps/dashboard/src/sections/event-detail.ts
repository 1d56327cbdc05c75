import { durationText, CAUSES, type Cause, type JobEvent } from '@leeway/contract';

/** Longest detail of one event; output and results have their own places. */
const DETAIL_LENGTH = 300;
/** Fields that are told elsewhere: an attempt that ends the job is followed by an event that would say the same again. */
const LEFT_OUT: Partial<Record<JobEvent['type'], readonly string[]>> = {
  finished: ['cause'],
  retrying: ['cause'],
  // The page has a place of its own for these.
  progress: ['phase', 'notice', 'deadlineMs', 'expectedMs', 'percentIs'],
  monitor: ['advice', 'confidence', 'extensions', 'extendedMs', 'stuck'],
  // The table of steps leads to their jobs.
  step_queued: ['job'],
  step_started: ['job'],
  step_extended: ['job'],
  step_ended: ['job'],
};

/** What an event carries, in words: `lengthMs: 1200` reads "length 1.2 s", an epoch time reads as a clock time. */
export function eventDetail({ type, data }: JobEvent): string {
  if (data === null || typeof data !== 'object') return '';
  const skipped = LEFT_OUT[type] ?? [];
  const facts = Object.entries(data).filter(
    ([name, value]) => !skipped.includes(name) && value !== null && value !== '',
  );
  return facts
    .toSorted(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
    .map(([name, value]) => fact(name, value))
    .join(', ')
    .slice(0, DETAIL_LENGTH);
}

/** What happened comes first, why comes last. */
function rank(name: string): number {
  if (name === 'step') return -1;
  if (name === 'outcome' || name === 'state') return 0;
  return name === 'cause' ? 2 : 1;
}

function fact(name: string, value: unknown): string {
  if (name === 'cause') return `because: ${CAUSES[value as Cause] ?? String(value)}`;
  if (typeof value === 'number' && name.endsWith('Ms'))
    return `${words(name.slice(0, -'Ms'.length))} ${durationText(value)}`;
  if (typeof value === 'number' && name.endsWith('At')) return `${words(name)} ${clock(value)}`;
  return `${words(name)} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

/** `deadlineAt` as "deadline at". */
function words(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function clock(epochMs: number): string {
  const time = new Date(epochMs);
  return Number.isNaN(time.valueOf())
    ? String(epochMs)
    : time.toISOString().slice('yyyy-mm-ddT'.length, 'yyyy-mm-ddTHH:MM:SS'.length);
}
