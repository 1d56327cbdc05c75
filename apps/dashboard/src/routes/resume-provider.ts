import { LeewayError } from '@leeway/contract';
import type { RequestHandler } from 'express';
import type { RouteSources } from './route-sources.js';

const SEE_OTHER = 303;

/** Lets the jobs of a provider go on, and leads back to the first page. */
export function resumeProviderRoute({ queue, policy }: Pick<RouteSources, 'queue' | 'policy'>): RequestHandler {
  return async (request, response) => {
    const name = String(request.params['name']);
    if (!Object.hasOwn(policy.providers, name))
      throw new LeewayError('provider_not_found', `There is no provider of that name in the policy.`);
    await queue.resumeProvider(name);
    response.redirect(SEE_OTHER, '/');
  };
}
