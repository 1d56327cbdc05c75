import type { Route } from './route.js';
import { cancelJob } from './routes/cancel-job.js';
import { documentRoutes } from './routes/documents.js';
import { estimate } from './routes/estimate.js';
import { exportHistory } from './routes/export-history.js';
import { getClass } from './routes/get-class.js';
import { getConfig } from './routes/get-config.js';
import { getJob } from './routes/get-job.js';
import { healthz, readyz, version } from './routes/health.js';
import { importHistory } from './routes/import-history.js';
import { jobEvents } from './routes/job-events.js';
import { jobOutput } from './routes/job-output.js';
import { listClasses } from './routes/list-classes.js';
import { listJobs } from './routes/list-jobs.js';
import { listProviders } from './routes/list-providers.js';
import { listTiers } from './routes/list-tiers.js';
import { listWorkers } from './routes/list-workers.js';
import { mcp } from './routes/mcp.js';
import { metrics } from './routes/metrics.js';
import { patchJob } from './routes/patch-job.js';
import { pauseJob } from './routes/pause-job.js';
import { resetClass } from './routes/reset-class.js';
import { resumeJob } from './routes/resume-job.js';
import { resumeProvider } from './routes/resume-provider.js';
import { retryJob } from './routes/retry-job.js';
import { retryJobs } from './routes/retry-jobs.js';
import { submitBatch } from './routes/submit-batch.js';
import { submitJob } from './routes/submit-job.js';
import { webSocketRoute } from './routes/web-socket.js';

/** Every call of the API. The server, the OpenAPI document and the page for people are made from this list. */
export const ROUTES: readonly Route[] = [
  submitJob,
  // Before `/v1/jobs/{id}`, which would take `batch` for an id.
  submitBatch,
  retryJobs,
  getJob,
  listJobs,
  cancelJob,
  pauseJob,
  resumeJob,
  retryJob,
  patchJob,
  jobEvents,
  jobOutput,
  estimate,
  listClasses,
  getClass,
  resetClass,
  exportHistory,
  importHistory,
  listWorkers,
  listProviders,
  resumeProvider,
  listTiers,
  getConfig,
  healthz,
  readyz,
  version,
  metrics,
  webSocketRoute(() => ROUTES),
  mcp,
  ...documentRoutes(() => ROUTES),
];
