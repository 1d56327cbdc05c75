import { LeewayError } from '@leeway/contract';
import { splitParams, type FlatParams } from './flat-params.js';
import { authorize } from './principal.js';
import { INTERNAL_STATUS } from './problem.js';
import type { Reply, Route } from './route.js';
import { runCall } from './run-call.js';
import type { Services } from './services.js';

/** The client of a protocol that names calls and parameters, as WebSocket and MCP do. */
export interface ProtocolClient {
  services: Services;
  /** Header of the request that opened the connection. */
  authorization: string | undefined;
  /** Label of the metrics, beside the methods of HTTP. */
  protocol: 'WS' | 'MCP';
}

/** Makes a call with flat parameters, in the way of the router for HTTP: authorize, run, count. Throws LeewayError. */
export async function callWithParams(
  route: Route,
  { params, controller }: { params: FlatParams; controller: AbortController },
  client: ProtocolClient,
): Promise<Reply> {
  const { services, authorization, protocol } = client;
  const { clock, metrics, policy } = services;
  const beganMs = clock.monotonicMs();
  let keptOpen = false;
  const count = (status: number) => {
    const tookMs = keptOpen ? null : clock.monotonicMs() - beganMs;
    metrics.countRequest({ method: protocol, route: route.path, status, tookMs });
  };
  try {
    const principal = authorize(authorization, route.scope, services);
    const onKeptOpen = () => void (keptOpen = true);
    const raw = { ...splitParams(route, params, policy), principal, controller, onKeptOpen };
    const reply = await runCall(route, raw, services);
    count(reply.status);
    return reply;
  } catch (error) {
    count(error instanceof LeewayError ? error.status : INTERNAL_STATUS);
    throw error;
  }
}
