import type { JobQueue } from '@leeway/queue';
import type { RequestHandler } from 'express';

/** The process replies. */
export const healthRoute: RequestHandler = (_request, response) => {
  response.json({ status: 'ok' });
};

/** Redis replies, so pages can be shown. Fails with `store_unavailable` otherwise. */
export function readyRoute(queue: Pick<JobQueue, 'ping'>): RequestHandler {
  return async (_request, response) => {
    await queue.ping();
    response.json({ status: 'ready' });
  };
}
