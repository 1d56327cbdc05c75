import { CAUSES, durationText, type Cause, type JobEvent, type JobEventType } from '@leeway/contract';
import { printable } from './printable.js';

type Data = Record<string, unknown>;

/** An event in words, for somebody who waits for the job; undefined for events that need none or are unknown here. */
export function eventNote(event: JobEvent): string | undefined {
  const data = (event.data ?? {}) as Data;
  if (event.type !== 'attempt_ended') return NOTES[event.type]?.(data);
  return data['outcome'] === 'succeeded' ? undefined : `attempt ${event.attempt} ${endText(data)}`;
}

const NOTES: Readonly<Partial<Record<JobEventType, (data: Data) => string>>> = {
  retrying: () => 'retrying',
  lost: ({ worker }) => `its worker ${textOf(worker ?? '')} was lost; requeued`,
  released: () => 'its worker is shutting down; requeued',
  deferred: ({ cause }) => `its provider takes no calls now (${textOf(cause ?? '')}); waiting for it`,
  late: () => 'late: 19 of 20 runs like it take less time; it is ended only at its deadline',
  extended: ({ reason }) => `its deadline was moved${reasonText(reason)}`,
  waiting: ({ reason }) => `waiting for a person${reasonText(reason)}; its time limits are paused`,
  marker: () => 'it reported that its work is done',
  cancel_requested: () => 'cancelling',
  paused: () => 'paused',
  resumed: ({ why }) => (why === 'limit' ? 'resumed: it has waited for as long as it may' : 'resumed'),
  limits_changed: () => 'its limits were changed',
  retried: () => 'has new attempts',
  step_started: ({ step, allocationMs, leftMs }) =>
    `step ${textOf(step)} started: ${timeOf(allocationMs)} of the ${timeOf(leftMs)} that are left`,
  step_extended: ({ step, allocationMs }) => `step ${textOf(step)} got more time, ${timeOf(allocationMs)} in all`,
  step_ended: ({ step, state, cause, usedMs }) =>
    `step ${textOf(step)} ${textOf(state)}${typeof usedMs === 'number' ? ` after ${timeOf(usedMs)}` : ''}${cause ? ` (${textOf(cause)})` : ''}`,
};

function textOf(value: unknown): string {
  return printable(String(value));
}

function timeOf(ms: unknown): string {
  return durationText(Number(ms));
}

function reasonText(reason: unknown): string {
  return typeof reason === 'string' && reason !== '' ? `: ${printable(reason)}` : '';
}

function endText({ outcome, durationMs, cause }: Data): string {
  const after = typeof durationMs === 'number' ? ` after ${durationText(durationMs)}` : '';
  const why = typeof cause === 'string' && cause !== '' ? ` (${cause}): ${CAUSES[cause as Cause]}` : '';
  return `${String(outcome)}${after}${why}`;
}
