import { CAUSES, type Cause, type JobEvent } from '@leeway/contract';
import { showDuration } from './duration.js';
import { printable } from './printable.js';

/** What an event means to somebody who waits for the job; undefined for what needs no words. */
export function eventNote(event: JobEvent): string | undefined {
  const data = (event.data ?? {}) as Record<string, unknown>;
  switch (event.type) {
    case 'attempt_ended':
      return data['outcome'] === 'succeeded' ? undefined : `attempt ${event.attempt} ${ending(data)}`;
    case 'retrying':
      return 'trying again';
    case 'lost':
      return `attempt ${event.attempt} lost its worker ${printable(String(data['worker'] ?? ''))}; the job goes to another one`;
    case 'handed_back':
      return 'its worker is shutting down; the job goes to another one';
    case 'late':
      return 'late: 19 of 20 like it are done by now; it goes on until its deadline';
    case 'extended':
      return 'its deadline was moved';
    case 'cancel_requested':
      return 'cancelling';
    case 'submitted':
    case 'started':
    case 'output':
    case 'progress':
    case 'finished':
      return undefined;
  }
}

function ending(data: Record<string, unknown>): string {
  const after = typeof data['durationMs'] === 'number' ? ` after ${showDuration(data['durationMs'])}` : '';
  const cause = data['cause'] as Cause | '' | null | undefined;
  return `${String(data['outcome'])}${after}${cause ? ` (${cause}): ${CAUSES[cause] ?? 'a cause that this version does not know.'}` : ''}`;
}
