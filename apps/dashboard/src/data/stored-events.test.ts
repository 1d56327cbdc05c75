import type { JobEvent, JobId } from '@leeway/contract';
import { describe, expect, it } from 'vitest';
import { shownEvents } from './job-detail.js';
import { storedEvents } from './stored-events.js';

const ID = 'job-00000001' as JobId;
const stream = (types: JobEvent['type'][]): JobEvent[] =>
  types.map((type, index) => ({ id: String(index + 1), type, at: '2026-11-21T10:00:00.000Z', attempt: 1, data: {} }));

/** Ends after `finished`, as the queue does. `open`: the job is running, so a further read waits for the signal. */
function queueOver(stored: JobEvent[], open: boolean) {
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

describe('the stored events of a job', () => {
  it('are read without waiting for further events', async () => {
    const stored = stream(['submitted', 'started']);
    expect(await storedEvents(queueOver(stored, true), ID)).toEqual(stored);
  });

  it('are read beyond the first end of a job that was retried', async () => {
    const stored = stream(['submitted', 'finished', 'retried', 'started', 'finished']);
    expect(await storedEvents(queueOver(stored, false), ID)).toEqual(stored);
  });

  it('are shown without output, and with the last of consecutive reports of progress', () => {
    const shown = shownEvents(stream(['started', 'output', 'progress', 'output', 'progress', 'late', 'progress']));
    expect(shown.map(({ id }) => id)).toEqual(['1', '5', '6', '7']);
  });
});
