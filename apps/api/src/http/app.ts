import { HostGuard, type OwnAddress } from '@leeway/runtime';
import express, { type Express } from 'express';
import { countRequests } from './middleware/count-requests.js';
import { ownAddress } from './middleware/foreign-requests.js';
import { problems } from './middleware/problems.js';
import { requestId } from './middleware/request-id.js';
import { safeHeaders } from './middleware/safe-headers.js';
import { ROUTES } from '../route-table.js';
import { createRouter } from './router.js';
import type { Services } from '../calls/services.js';

/** The API as an express application. A request passes these lines from top to bottom. */
export function createApp(services: Services, own: Pick<OwnAddress, 'host' | 'port'>): Express {
  const { policy, log } = services;
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  app.use(requestId);
  app.use(safeHeaders);
  app.use(countRequests(services));
  app.use(ownAddress(new HostGuard({ ...own, publicNames: policy.api.hosts })));
  app.use(createRouter(ROUTES, services));
  app.use(problems(policy, log));
  return app;
}
