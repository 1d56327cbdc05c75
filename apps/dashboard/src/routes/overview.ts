import { LeewayError } from '@leeway/contract';
import type { RequestHandler } from 'express';
import { overviewPage, overviewParts } from '../pages/overview-page.js';
import type { RouteSources } from './route-sources.js';
import { sendPage, sendParts } from './send.js';

/** The first page. While Redis is away it is sent empty with the status 503, and filled by its updates later. */
export function overviewRoute(sources: RouteSources): RequestHandler {
  return async (_request, response) => {
    const parts = await currentParts(sources).catch(emptyWhileAway);
    sendPage(response, overviewPage(parts), parts === null ? 'store_unavailable' : undefined);
  };
}

export function overviewDataRoute(sources: RouteSources): RequestHandler {
  return async (_request, response) => sendParts(response, { parts: await currentParts(sources), complete: false });
}

async function currentParts({ overview, policy, apiUrl }: RouteSources): Promise<ReturnType<typeof overviewParts>> {
  return overviewParts(await overview.get(), { policy, apiUrl });
}

function emptyWhileAway(error: unknown): null {
  if (error instanceof LeewayError && error.code === 'store_unavailable') return null;
  throw error;
}
