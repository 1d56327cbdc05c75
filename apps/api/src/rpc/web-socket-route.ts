import { defineRoute, type Route } from '../calls/route.js';
import { Connection } from './connection.js';
import { methodsOf } from './methods.js';

/** The calls as methods of JSON-RPC. `routes` is called at each connection. */
export function webSocketRoute(routes: () => readonly Route[]): Route {
  return defineRoute({
    method: 'GET',
    path: '/v1/ws',
    name: 'webSocket',
    group: 'Protocols',
    summary: 'Make the same calls over a WebSocket, as JSON-RPC 2.0',
    description:
      'Every call that has a method can be made over one connection, with the parameters of its path, query, headers and body as one object. `jobs.subscribe` follows a job. The error of a refused call has the problem document in `data`. The API key is that of the request that opens the connection; each call needs its own scope.',
    scope: 'any',
    replies: { 101: { description: 'The connection is a WebSocket now' } },
    errors: ['upgrade_required', 'rate_limited'],
    handle: (call, services) =>
      Promise.resolve({
        status: 101,
        handOver: (request, response) => {
          const options = {
            methods: methodsOf(routes()),
            services,
            protocol: 'WS' as const,
            authorization: call.header('authorization'),
            requestId: String(response.getHeader('X-Request-Id')),
          };
          services.sockets.accept(request, response, (socket) => new Connection(socket, options));
          return Promise.resolve();
        },
      }),
  });
}
