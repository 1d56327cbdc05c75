import { fileURLToPath } from 'node:url';
import { LeewayError, type Policy } from '@leeway/contract';
import type { JobQueue } from '@leeway/queue';
import { CachedValue, type Clock, type HostGuard, type KeyRing, type Log } from '@leeway/runtime';
import express, { type Express, type RequestHandler } from 'express';
import { BOARD_PATH } from './board/board-path.js';
import { board } from './board/board.js';
import { ClassReading } from './data/class-reading.js';
import { readOverview, type Overview } from './data/overview.js';
import { failureReply } from './http/failure-reply.js';
import { foreignGuard, onlyFromOwnPages } from './http/foreign-guard.js';
import { keyGate } from './http/key-gate.js';
import { securityHeaders } from './http/security-headers.js';
import { OVERVIEW_POLL_PATH } from './pages/overview-page.js';
import { controlRoute, resumeProviderRoute, retryManyRoute } from './routes/control.js';
import { healthRoute, readyRoute } from './routes/health.js';
import { JOB_POLL_PATH, jobDataRoute, jobRoute } from './routes/job.js';
import { jobsRoute } from './routes/jobs.js';
import { overviewDataRoute, overviewRoute } from './routes/overview.js';
import type { RouteSources } from './routes/route-sources.js';
import { PAGE_CONTROLS } from './sections/control-forms.js';

export interface DashboardOptions {
  queue: JobQueue;
  policy: Policy;
  /** null: no key is needed. */
  keys: KeyRing | null;
  guard: HostGuard;
  /** Address of the API, shown in the example of a first job. */
  apiUrl: string;
  clock: Clock;
  log: Log;
}

/** Styles and scripts of the pages. The folder lies beside `src` and beside `dist`. */
const ASSETS = fileURLToPath(new URL('../assets', import.meta.url));

/** The routes of the dashboard, in the order in which a request passes them. */
export function dashboard(options: DashboardOptions): Express {
  const { queue, keys, guard, log, clock } = options;
  const sources: RouteSources = { ...options, overview: sharedOverview(options) };
  const app = express().disable('x-powered-by').disable('etag');

  // Health checks come from machines that have neither a valid Host header nor a key, and show nothing about jobs.
  app.get('/healthz', healthRoute);
  app.get('/readyz', readyRoute(queue));

  app.use(foreignGuard(guard));
  app.use(BOARD_PATH, securityHeaders('board'), keyGate(keys), board({ queue, clock }));
  app.use(securityHeaders('own'));
  app.use('/assets', express.static(ASSETS, { index: false }));
  app.use(keyGate(keys));
  app.get('/', overviewRoute(sources));
  app.get(OVERVIEW_POLL_PATH, overviewDataRoute(sources));
  app.get('/jobs', jobsRoute(sources));
  app.get('/jobs/:id', jobRoute(sources));
  app.get(`${JOB_POLL_PATH}/:id`, jobDataRoute(sources));
  app.post('/jobs/retry', onlyFromOwnPages(guard), express.urlencoded({ extended: false }), retryManyRoute(sources));
  for (const control of PAGE_CONTROLS) {
    app.post(
      `/jobs/:id/${control}`,
      onlyFromOwnPages(guard),
      express.urlencoded({ extended: false }),
      controlRoute(sources, control),
    );
  }
  app.post('/providers/:name/resume', onlyFromOwnPages(guard), resumeProviderRoute(sources));
  app.use(unknownPage);
  app.use(failureReply(log));
  return app;
}

/** Age in ms up to which open pages share a reading: half of the pause between two requests of one page. */
const OVERVIEW_MAX_AGE_MS = 500;
/** The same for what was learned, which changes more slowly. */
const CLASSES_MAX_AGE_MS = 2_000;

function sharedOverview({ queue, policy, clock }: DashboardOptions): CachedValue<Overview> {
  const learned = new ClassReading({ queue, history: queue.history, policy, clock });
  const classes = new CachedValue({
    read: () => learned.read(),
    maxAgeMs: CLASSES_MAX_AGE_MS,
    clock,
    keepsFailures: true,
  });
  const sources = { queue, classes: () => classes.get() };
  return new CachedValue({
    read: () => readOverview(sources, clock.wallMs),
    maxAgeMs: OVERVIEW_MAX_AGE_MS,
    clock,
    keepsFailures: true,
  });
}

const unknownPage: RequestHandler = (request) => {
  throw new LeewayError('not_found', `There is no page ${request.path}.`);
};
