import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { JobQueue } from '@leeway/queue';
import { CachedValue, type Clock } from '@leeway/runtime';
import { Router, type RequestHandler } from 'express';
import { BOARD_PATH } from './board-path.js';
import { jobPath } from '../sections/job-link.js';
import { annotateReply } from './annotate-replies.js';
import { withoutForeignFonts } from './own-fonts.js';

/** Milliseconds between two refreshes of an open board, at least; its own choice may be longer. */
const KINDS_MAX_AGE_MS = 1_000;

export interface BoardSources {
  queue: Pick<JobQueue, 'bullQueues' | 'get'>;
  clock: Clock;
}

type BullQueue = Awaited<ReturnType<JobQueue['bullQueues']>>[number];

/** Bull Board for looking only: its actions would go round the door that settles attempts. */
export function board({ queue, clock }: BoardSources): Router {
  const adapter = new ExpressAdapter();
  adapter.setBasePath(BOARD_PATH);
  const { replaceQueues } = createBullBoard({
    queues: [],
    serverAdapter: adapter,
    options: {
      uiConfig: UI,
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
  const queues = new CachedValue({ read, maxAgeMs: KINDS_MAX_AGE_MS, clock, keepsFailures: false });
  // Queues come and go with the kinds that workers run.
  router.use(async (_request, _response, next) => {
    await queues.get();
    next();
  });
  router.use(withoutForeignFonts, adapter.getRouter() as RequestHandler);
  return router;
}

const READ_ONLY = { allow: false, status: 405, errorKey: 'ERRORS.QUEUE_READ_ONLY' } as const;

/** Our blue in place of its green, so that the two look like one place. */
const THEME = {
  light: {
    primary: '#1f52bd',
    ring: '#1f52bd',
    'state-selected': '#e8effd',
    'state-selected-hover': '#dbe6fb',
    'state-selected-foreground': '#1f52bd',
    'sidebar-primary': '#1f52bd',
    'sidebar-state-selected': '#dbe6fb',
    'sidebar-state-selected-hover': '#cfddf9',
    'sidebar-state-selected-foreground': '#1f52bd',
  },
  dark: {
    primary: '#86b0ff',
    ring: '#86b0ff',
    'state-selected': '#1c2d4d',
    'state-selected-hover': '#24395f',
    'state-selected-foreground': '#9cbfff',
    'sidebar-primary': '#86b0ff',
    'sidebar-state-selected': '#1c2d4d',
    'sidebar-state-selected-hover': '#24395f',
    'sidebar-state-selected-foreground': '#9cbfff',
  },
};

const UI = {
  boardTitle: 'Leeway · Bull Board',
  boardLogo: { path: '/assets/leeway.svg', width: 24, height: 24 },
  favIcon: { default: '/assets/leeway.svg', alternative: '/assets/leeway.svg' },
  miscLinks: [{ text: 'Leeway: what is going on now', url: '/' }],
  hideDocsLink: true,
  hideRedisDetails: false,
  jobDetails: { defaultTab: 'Data' as const },
  // It would run CLIENT LIST on every refresh, and our own page shows the workers.
  showWorkers: false,
  theme: THEME,
};

function readOnly(queue: BullQueue): BullMQAdapter {
  return new BullMQAdapter(queue, {
    readOnlyMode: true,
    externalJobUrl: (job) => ({ href: jobPath(String(job.id)), displayText: 'Open in Leeway' }),
  });
}
