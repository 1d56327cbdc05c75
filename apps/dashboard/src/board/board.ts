import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { JobQueue } from '@leeway/queue';
import { CachedValue, type Clock } from '@leeway/runtime';
import { Router, type RequestHandler } from 'express';
import { jobPath } from '../sections/job-link.js';
import { UI_CONFIG, withoutForeignFonts } from './appearance.js';
import { BOARD_PATH } from './board-path.js';
import { annotateReply } from './job-annotation.js';

/** Age in ms after which the list of queues is read again. */
const QUEUES_MAX_AGE_MS = 1_000;

export interface BoardSources {
  queue: Pick<JobQueue, 'bullQueues' | 'get'>;
  clock: Clock;
}

type BullQueue = Awaited<ReturnType<JobQueue['bullQueues']>>[number];

/** Bull Board, read-only: its actions would change BullMQ without the record of the job, which is the truth. */
export function board({ queue, clock }: BoardSources): Router {
  const adapter = new ExpressAdapter();
  adapter.setBasePath(BOARD_PATH);
  const { replaceQueues } = createBullBoard({
    queues: [],
    serverAdapter: adapter,
    options: {
      uiConfig: UI_CONFIG,
      handlerHooks: {
        before: ({ method }) => (method === 'get' ? undefined : READ_ONLY),
        after: async (_context, result) => {
          await annotateReply(result.body, { get: (id) => queue.get(id), nowMs: clock.wallMs });
          return result;
        },
      },
    },
  });
  const router = Router();
  const read = async () => replaceQueues((await queue.bullQueues()).map(readOnly));
  const queues = new CachedValue({ read, maxAgeMs: QUEUES_MAX_AGE_MS, clock, keepsFailures: false });
  // A queue appears when the first worker of its kind starts.
  router.use(async (_request, _response, next) => {
    await queues.get();
    next();
  });
  router.use(withoutForeignFonts, adapter.getRouter() as RequestHandler);
  return router;
}

const READ_ONLY = { allow: false, status: 405, errorKey: 'ERRORS.QUEUE_READ_ONLY' } as const;

function readOnly(queue: BullQueue): BullMQAdapter {
  return new BullMQAdapter(queue, {
    readOnlyMode: true,
    externalJobUrl: (job) => ({ href: jobPath(String(job.id)), displayText: 'Open in Leeway' }),
  });
}
