import { isJobId } from '@leeway/contract';
import type { Route } from '../calls/route.js';

/** A route with the parameters of one request's path. */
export interface FoundRoute {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

const NO_PARAMS = {};
/** A path that ends with the id of a job, which is its only parameter. */
const ENDS_WITH_ID = /^([^{]*\/)\{id\}$/;

/**
 * Finds the route of a request by comparing its URL as it is: without a query, an encoded character or a slash at its end.
 * Undefined: another router has to read it.
 */
export function findHotRoute(hot: readonly Route[]): (method: string, url: string) => FoundRoute | undefined {
  const exact = new Map(hot.map((route) => [`${route.method} ${route.path}`, { route, params: NO_PARAMS }]));
  const byId = hot.flatMap((route) => {
    const prefix = ENDS_WITH_ID.exec(route.path)?.[1];
    return prefix === undefined ? [] : [{ route, prefix }];
  });
  return (method, url) => {
    const found = exact.get(`${method} ${url}`);
    if (found !== undefined) return found;
    for (const { route, prefix } of byId) {
      if (method !== route.method || !url.startsWith(prefix)) continue;
      const id = url.slice(prefix.length);
      if (isJobId(id)) return { route, params: { id } };
    }
    return undefined;
  };
}
