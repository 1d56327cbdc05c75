import type { JobEvent, JobId } from '@leeway/contract';
import { describe, expect, it } from 'vitest';
import { eventsToTell } from './job-detail.js';
import { storedEvents } from './stored-events.js';

const ID = 'job-00000001' as JobId;
const stream = (types: JobEvent['type'][]): JobEvent[] =>
  types.map((type, index) => ({ id: String(index + 1), type, at: '2026-11-21T10:00:00.000Z', attempt: 1, data: {} }));

/** Ends at an end, as the queue does; `open`: the job goes on, so whoever reads on waits until the signal fires. */
function verbsOver(stored: JobEvent[], open: boolean) {
  return {
    async *events(_id: JobId, { afterId = '0', signal }: { afterId?: string; signal: AbortSignal }) {
      for (const event of stored.filter(({ id }) => Number(id) > Number(afterId))) {
        yield event;
        if (event.type === 'finished') return;
      }
      if (open) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    },
  };
}

describe('stored events', () => {
  it('come without waiting for those to come', async () => {
    const stored = stream(['submitted', 'started']);
    expect(await storedEvents(verbsOver(stored, true), ID)).toEqual(stored);
  });

  it('of a job that was tried again go on after its first end', async () => {
    const stored = stream(['submitted', 'finished', 'retried', 'started', 'finished']);
    expect(await storedEvents(verbsOver(stored, false), ID)).toEqual(stored);
  });

  it('are told without output, and with the last of several reports of progress', () => {
    const told = eventsToTell(stream(['started', 'output', 'progress', 'output', 'progress', 'late', 'progress']));
    expect(told.map(({ id }) => id)).toEqual(['1', '5', '6', '7']);
  });
});
