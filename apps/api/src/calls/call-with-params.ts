import { LeewayError } from '@leeway/contract';
import { splitParams, type FlatParams } from './flat-params.js';
import type { Reply, Route } from './route.js';
import { runCall } from './run-call.js';
import type { Services } from './services.js';
import { authorize } from './principal.js';

export interface Caller {
  services: Services;
  /** The header of the request that it all came by. */
  authorization: string | undefined;
  /** Label of the metrics, beside the methods of HTTP. */
  protocol: 'WS' | 'MCP';
}

/**
 * A call by a protocol with names and parameters, as the router makes it for HTTP: who asks, what for, then the route.
 * Throws LeewayError. `gone` is aborted when nobody wants the answer any more, and has to be at its end.
 */
export async function callWithParams(
  route: Route,
  { params, gone }: { params: FlatParams; gone: AbortController },
  caller: Caller,
): Promise<Reply> {
  const { services, authorization, protocol } = caller;
  const { clock, metrics, policy } = services;
  const began = clock.monotonicMs();
  let held = false;
  const count = (status: number) => {
    const tookMs = held ? null : clock.monotonicMs() - began;
    metrics.countRequest({ method: protocol, route: route.path, status, tookMs });
  };
  try {
    const principal = authorize(authorization, route, services);
    const asked = { ...splitParams(route, params, policy), principal, gone, held: () => void (held = true) };
    const reply = await runCall(route, asked, services);
    count(reply.status);
    return reply;
  } catch (error) {
    count(error instanceof LeewayError ? error.status : INTERNAL);
    throw error;
  }
}

const INTERNAL = 500;
