import { ServerResponse, type IncomingMessage, type Server } from 'node:http';
import type { Socket } from 'node:net';

/** Connections of upgrade requests that are not taken over yet. */
const offered = new WeakMap<ServerResponse, Socket>();
/** Time for a refused client to close its side of the connection. */
const LINGER_MS = 5_000;

/**
 * The response to an upgrade request. Either it is sent like any other response, which refuses the upgrade and closes the
 * connection, or the connection is taken over.
 */
export function upgradeResponse(request: IncomingMessage, socket: Socket, head: Buffer): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  // Node has released the socket: without a listener its error would end the process.
  socket.on('error', () => {});
  if (head.length > 0) socket.unshift(head);
  response.assignSocket(socket);
  response.once('finish', () => {
    release(response, socket);
    socket.setTimeout(LINGER_MS, () => socket.destroy());
    socket.resume().end();
  });
  offered.set(response, socket);
  return response;
}

/** Takes over the connection of a response that has not begun; undefined: its request was not for an upgrade. */
export function takeConnection(response: ServerResponse): Socket | undefined {
  const socket = offered.get(response);
  if (socket !== undefined) release(response, socket);
  return socket;
}

/**
 * Parses the request again without its Upgrade header. A server may ignore that header (RFC 9110, 7.8), and clients that
 * offer HTTP/2 with every request rely on it.
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

function release(response: ServerResponse, socket: Socket): void {
  offered.delete(response);
  response.detachSocket(socket);
  response.emit('close');
}
