import type { Route } from './calls/route.js';
import { cancelJob } from './routes/control/cancel-job.js';
import { documentRoutes } from './routes/system/documents.js';
import { estimate } from './routes/submissions/estimate.js';
import { exportHistory } from './routes/history/export-history.js';
import { getClass } from './routes/classes/get-class.js';
import { getConfig } from './routes/system/get-config.js';
import { getJob } from './routes/jobs/get-job.js';
import { healthz, readyz, version } from './routes/system/health.js';
import { importHistory } from './routes/history/import-history.js';
import { jobEvents } from './routes/jobs/job-events.js';
import { jobOutput } from './routes/jobs/job-output.js';
import { listClasses } from './routes/classes/list-classes.js';
import { listJobs } from './routes/jobs/list-jobs.js';
import { listProviders } from './routes/providers/list-providers.js';
import { listTiers } from './routes/system/list-tiers.js';
import { listWorkers } from './routes/system/list-workers.js';
import { mcp } from './mcp/mcp-route.js';
import { metrics } from './routes/system/metrics.js';
import { patchJob } from './routes/control/patch-job.js';
import { pauseJob } from './routes/control/pause-job.js';
import { resetClass } from './routes/classes/reset-class.js';
import { resumeJob } from './routes/control/resume-job.js';
import { resumeProvider } from './routes/providers/resume-provider.js';
import { retryJob } from './routes/control/retry-job.js';
import { retryJobs } from './routes/control/retry-jobs.js';
import { submitBatch } from './routes/submissions/submit-batch.js';
import { submitJob } from './routes/submissions/submit-job.js';
import { webSocketRoute } from './rpc/web-socket-route.js';

/** Every call of the API. The server, the OpenAPI document and the documentation pages are made from this list. */
export const ROUTES: readonly Route[] = [
  submitJob,
  // Before `/v1/jobs/{id}`, which would read `batch` as an id.
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

/** Those of a busy server. */
export const HOT_ROUTES: readonly Route[] = [submitJob, submitBatch, getJob];
