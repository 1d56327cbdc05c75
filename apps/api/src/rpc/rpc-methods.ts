import type { Route } from '../calls/route.js';
import { isEventRoute, methodNameOf } from './methods.js';

export type Method =
  | { readonly does: 'call' | 'subscribe'; readonly route: Route }
  /** Ends a subscription, whatever it follows. */
  | { readonly does: 'unsubscribe' };

/** The methods that the routes make, by name. */
export function rpcMethods(routes: readonly Route[]): ReadonlyMap<string, Method> {
  const methods = new Map<string, Method>();
  for (const route of routes) {
    const name = methodNameOf(route);
    if (name === undefined) continue;
    methods.set(name, { does: isEventRoute(route) ? 'subscribe' : 'call', route });
    if (isEventRoute(route)) methods.set(name.replace(/subscribe$/, 'unsubscribe'), { does: 'unsubscribe' });
  }
  return methods;
}
