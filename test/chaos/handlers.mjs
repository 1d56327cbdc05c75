// Handlers for the attack suite: what users write, and what they should not write. `facts` is the folder of task.sh.

import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

function fact(word, { facts }, { jobId, attemptId }) {
  appendFileSync(join(facts, jobId), `${word} ${attemptId} ${process.pid} ${Date.now()}\n`);
}

function told(run) {
  return async (input, context) => {
    fact('start', input, context);
    await run(input, context);
    fact('end', input, context);
    return `done by ${context.attemptId}`;
  };
}

export const handlers = {
  /** Ends when it is asked to. */
  obedient: told(({ forMs }, { signal }) => sleep(forMs, undefined, { signal })),

  /** Never settles, whatever it is told. */
  'never-settles': told(() => new Promise(() => undefined)),

  /** Goes on after its abort, and returns as if nothing had been. */
  deaf: told(({ forMs }) => sleep(forMs)),

  /** Holds the whole process for so long: nothing else of this worker's main thread runs meanwhile. */
  blocking: told(({ forMs }) => {
    const end = performance.now() + forMs;
    while (performance.now() < end);
  }),

  /** In a process of its own, and ends when it is asked to. */
  isolated: { isolated: true, run: told(({ forMs }, { signal }) => sleep(forMs, undefined, { signal })) },

  /** Holds a process of its own for ever: only its end can end it. */
  'isolated-blocking': {
    isolated: true,
    run: told(() => {
      for (;;);
    }),
  },
};
