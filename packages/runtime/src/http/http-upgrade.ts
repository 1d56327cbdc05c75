import { ServerResponse, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';

/** Connections of requests that asked for another protocol, until somebody takes them over. */
const offered = new WeakMap<ServerResponse, Socket>();
/** A client that was refused gets this long to close its side. */
const LINGER_MS = 5_000;

/**
 * The answer to a request that asks for another protocol. It can be answered as any other request is, which refuses the
 * change and ends the connection, or the connection can be taken over.
 */
export function upgradeResponse(request: IncomingMessage, socket: Socket, head: Buffer): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  // Node has let go of the socket: without a listener a broken connection would end the process.
  socket.on('error', () => {});
  if (head.length > 0) socket.unshift(head);
  response.assignSocket(socket);
  response.once('finish', () => {
    letGo(response, socket);
    socket.setTimeout(LINGER_MS, () => socket.destroy());
    socket.resume().end();
  });
  offered.set(response, socket);
  return response;
}

/** The connection behind an answer that has not begun; undefined: its request did not ask for another protocol. */
export function takeConnection(response: ServerResponse): Socket | undefined {
  const socket = offered.get(response);
  if (socket !== undefined) letGo(response, socket);
  return socket;
}

/**
 * Reads the request once more, as one that does not ask for another protocol: a server may ignore that it was asked
 * (RFC 9110, 7.8), and clients that offer HTTP/2 on every request rely on it.
 */
export function serveWithoutUpgrade(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== 'upgrade') lines.push(`${rawHeaders[i]}: ${rawHeaders[i + 1]}`);
  }
  // Node reads header bytes as latin1.
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}

function letGo(response: ServerResponse, socket: Socket): void {
  offered.delete(response);
  response.detachSocket(socket);
  response.emit('close');
}
