import type { Route } from '../calls/route.js';

const RESOURCE = /^\/v1\/([a-z]+)/;
const EVENTS = 'text/event-stream';

/**
 * What a call is named where calls have names and no paths: the resource that its path begins with, and its own name
 * without that resource. `POST /v1/jobs` (submitJob) is `jobs.submit`; a route of events is `jobs.subscribe`; one that is
 * named like its resource, `estimates.create`. Undefined: it can be called over HTTP only.
 */
export function methodNameOf(route: Route): string | undefined {
  const resource = RESOURCE.exec(route.path)?.[1];
  if (resource === undefined) return undefined;
  if (isEventRoute(route)) return `${resource}.subscribe`;
  const json = Object.values(route.replies).every((reply) => reply.schema !== undefined);
  if (!json || route.body?.text !== undefined) return undefined;
  const verb = route.name.replace(new RegExp(wordsFor(resource).join('|'), 'i'), '');
  return `${resource}.${verb === '' ? 'create' : `${verb[0]?.toLowerCase()}${verb.slice(1)}`}`;
}

/** Whether the route answers with the events of something, for as long as there are any. */
export function isEventRoute(route: Route): boolean {
  return Object.values(route.replies).some(({ type }) => type === EVENTS);
}

/** A resource and one of it, the longest word first: classes, class. */
function wordsFor(resource: string): string[] {
  return [resource, resource.replace(/s$/, ''), resource.replace(/es$/, '')];
}
