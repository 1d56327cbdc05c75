import type { JobQueue } from '@leeway/queue';
import type { RequestHandler } from 'express';

/** The process lives. */
export const healthRoute: RequestHandler = (_request, response) => {
  response.json({ status: 'ok' });
};

/** It can do its work: Redis answers. Passes on `store_unavailable` when it does not. */
export function readyRoute(queue: Pick<JobQueue, 'ping'>): RequestHandler {
  return async (_request, response) => {
    await queue.ping();
    response.json({ status: 'ready' });
  };
}
