import { HostGuard, type OwnAddress } from '@leeway/runtime';
import express, { type Express } from 'express';
import type { Route } from '../calls/route.js';
import type { Services } from '../calls/services.js';
import { countRequests } from './middleware/count-requests.js';
import { refuseForeign, safeHeaders } from './middleware/foreign-requests.js';
import { problems } from './middleware/problems.js';
import { requestId } from './middleware/request-id.js';
import { createRouter } from './router.js';

/** The API as an Express application. A request passes these lines from top to bottom. */
export function createApp(
  routes: readonly Route[],
  services: Services,
  own: Pick<OwnAddress, 'host' | 'port'>,
): Express {
  const { policy, log } = services;
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', false);
  app.use(requestId);
  app.use(safeHeaders);
  app.use(countRequests(services));
  app.use(refuseForeign(new HostGuard({ ...own, publicNames: policy.api.hosts })));
  app.use(createRouter(routes, services));
  app.use(problems(log));
  return app;
}
