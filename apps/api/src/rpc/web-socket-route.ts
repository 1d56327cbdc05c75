import { defineRoute, type Route } from '../calls/route.js';
import { rpcMethods } from './rpc-methods.js';

/** The calls as methods of JSON-RPC: `routes` is asked when somebody connects. */
export function webSocketRoute(routes: () => readonly Route[]): Route {
  return defineRoute({
    method: 'GET',
    path: '/v1/ws',
    name: 'webSocket',
    group: 'Protocols',
    summary: 'The same calls over a WebSocket, as JSON-RPC 2.0',
    description:
      'Every call that has a method name can be made over one connection, with its path, query, body and headers as one object of parameters; `jobs.subscribe` follows a job. A refusal carries the same problem document in `data`. The key is that of the request that opens the connection, and each call needs its own scope.',
    scope: 'any',
    replies: { 101: { description: 'The connection is a WebSocket now' } },
    errors: ['upgrade_required', 'rate_limited'],
    handle: (call, services) =>
      Promise.resolve({
        status: 101,
        handOver: (request, response) => {
          const connection = {
            methods: rpcMethods(routes()),
            services,
            protocol: 'WS' as const,
            authorization: call.header('authorization'),
            requestId: String(response.getHeader('X-Request-Id')),
          };
          services.sockets.accept(request, response, connection);
          return Promise.resolve();
        },
      }),
  });
}
