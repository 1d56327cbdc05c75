// Handlers for the chaos test: what users write, and what they should not write. `journals`: the folder of task.sh.

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

function record(event, { journals }, { jobId, attemptId }) {
  appendFileSync(join(journals, jobId), `${event} ${attemptId} ${process.pid} ${Date.now()}\n`);
}

function recorded(run) {
  return async (input, context) => {
    record('start', input, context);
    await run(input, context);
    record('end', input, context);
    return `done by ${context.attemptId}`;
  };
}

export const handlers = {
  /** Ends when it is aborted. */
  abortable: recorded(({ forMs }, { signal }) => sleep(forMs, undefined, { signal })),

  /** Never settles, also when it is aborted. */
  'never-settles': recorded(() => new Promise(() => undefined)),

  /** Runs on after its abort, and returns as if nothing had happened. */
  'ignores-abort': recorded(({ forMs }) => sleep(forMs)),

  /** Blocks the whole process for so long: nothing else of the main thread of its worker runs meanwhile. */
  blocking: recorded(({ forMs }) => {
    const end = performance.now() + forMs;
    while (performance.now() < end);
  }),

  /** In a process of its own, and ends when it is aborted. */
  isolated: { isolated: true, run: recorded(({ forMs }, { signal }) => sleep(forMs, undefined, { signal })) },

  /** Blocks a process of its own for ever: only a kill ends it. */
  'isolated-blocking': {
    isolated: true,
    run: recorded(() => {
      for (;;);
    }),
  },
};
