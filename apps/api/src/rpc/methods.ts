import type { Route } from '../calls/route.js';

export type Method =
  | { readonly does: 'call' | 'subscribe'; readonly route: Route }
  /** Ends a subscription of any resource. */
  | { readonly does: 'unsubscribe' };

/** The methods of the routes, by name. */
export function methodsOf(routes: readonly Route[]): ReadonlyMap<string, Method> {
  const methods = new Map<string, Method>();
  for (const route of routes) {
    const name = methodNameOf(route);
    if (name === undefined) continue;
    methods.set(name, { does: isEventRoute(route) ? 'subscribe' : 'call', route });
    if (isEventRoute(route)) methods.set(name.replace(/subscribe$/, 'unsubscribe'), { does: 'unsubscribe' });
  }
  return methods;
}

const RESOURCE = /^\/v1\/([a-z]+)/;
const EVENTS = 'text/event-stream';

/**
 * The JSON-RPC method of a route: the resource that its path begins with, and its own name without that resource.
 * `POST /v1/jobs` (submitJob) is `jobs.submit`; a route of events is `jobs.subscribe`; a route with the name of its
 * resource is `estimates.create`. Undefined: it can be called over HTTP only.
 */
export function methodNameOf(route: Route): string | undefined {
  const resource = RESOURCE.exec(route.path)?.[1];
  if (resource === undefined) return undefined;
  if (isEventRoute(route)) return `${resource}.subscribe`;
  const json = Object.values(route.replies).every((reply) => reply.schema !== undefined);
  if (!json || route.body?.text !== undefined) return undefined;
  const verb = route.name.replace(new RegExp(formsOf(resource).join('|'), 'i'), '');
  return `${resource}.${verb === '' ? 'create' : `${verb[0]?.toLowerCase()}${verb.slice(1)}`}`;
}

function isEventRoute(route: Route): boolean {
  return Object.values(route.replies).some(({ type }) => type === EVENTS);
}

/** The plural and the singular of a resource, the longest first: classes, class. */
function formsOf(resource: string): string[] {
  return [resource, resource.replace(/s$/, ''), resource.replace(/es$/, '')];
}
