import { CAUSES, type Cause, type JobEvent } from '@leeway/contract';
import { showDuration } from './duration.js';
import { printable } from './printable.js';

/** What an event means to somebody who waits for the job; undefined for what needs no words, and for types this version does not know. */
export function eventNote(event: JobEvent): string | undefined {
  const data = (event.data ?? {}) as Record<string, unknown>;
  if (event.type !== 'attempt_ended') return NOTES[event.type]?.(data);
  return data['outcome'] === 'succeeded' ? undefined : `attempt ${event.attempt} ${ending(data)}`;
}

const NOTES: Readonly<Record<string, (data: Record<string, unknown>) => string>> = {
  retrying: () => 'trying again',
  lost: (data) => `its worker ${printable(String(data['worker'] ?? ''))} is lost; the job goes to another one`,
  released: () => 'its worker is shutting down; the job goes to another one',
  deferred: (data) =>
    `its provider takes no calls now (${printable(String(data['cause'] ?? ''))}); the job waits for it`,
  late: () => 'late: 19 of 20 like it are done by now; it goes on until its deadline',
  extended: ({ reason }) => `its deadline was moved${said(reason)}`,
  waiting: ({ reason }) => `waits for a person${said(reason)}; its clocks stand`,
  marker: () => 'it says that its work is done',
  cancel_requested: () => 'cancelling',
  paused: () => 'paused',
  resumed: ({ why }) => (why === 'limit' ? 'has waited for as long as it may; its clocks run again' : 'goes on'),
  limits_changed: () => 'its limits were changed',
  retried: () => 'got new attempts',
  step_started: ({ step, allocationMs, leftMs }) =>
    `step ${named(step)} began: ${spoken(allocationMs)} of the ${spoken(leftMs)} that are left`,
  step_extended: ({ step, allocationMs }) => `step ${named(step)} goes on, up to ${spoken(allocationMs)}`,
  step_ended: ({ step, state, cause, usedMs }) =>
    `step ${named(step)} ${named(state)}${typeof usedMs === 'number' ? ` after ${spoken(usedMs)}` : ''}${cause ? ` (${named(cause)})` : ''}`,
};

function named(text: unknown): string {
  return printable(String(text));
}

function spoken(ms: unknown): string {
  return showDuration(Number(ms));
}

function said(reason: unknown): string {
  return typeof reason === 'string' && reason !== '' ? `: ${printable(reason)}` : '';
}

function ending(data: Record<string, unknown>): string {
  const after = typeof data['durationMs'] === 'number' ? ` after ${showDuration(data['durationMs'])}` : '';
  const cause = data['cause'] as Cause | '' | null | undefined;
  return `${String(data['outcome'])}${after}${cause ? ` (${cause}): ${CAUSES[cause] ?? 'a cause that this version does not know.'}` : ''}`;
}
