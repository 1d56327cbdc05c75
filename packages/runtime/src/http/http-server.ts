import type { IncomingMessage, RequestListener } from 'node:http';
import { createServer, STATUS_CODES, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { serveWithoutUpgrade, upgradeResponse } from './http-upgrade.js';
import type { Part } from '../process/lifecycle.js';

export interface HttpServerOptions {
  name: string;
  host: string;
  /** 0: any free one. */
  port: number;
  /** The environment variable that sets the port, named in the message when the port is taken. */
  portVariable: string;
  /** Called once with the address that the server listens on, before the first request. */
  listener(address: { host: string; port: number }): RequestListener;
  /**
   * Whether the listener may upgrade this request to another protocol with `takeConnection`. Other requests for an upgrade
   * are served as plain HTTP. Absent: none may be upgraded.
   */
  mayUpgrade?(request: IncomingMessage): boolean;
  /** The response to bytes that are not an HTTP request; absent: an empty 400. */
  unreadable?(error: NodeJS.ErrnoException): RawResponse;
}

export interface RawResponse {
  status: number;
  type: string;
  body: string;
}

/** Time for the headers of one request; a slower client is disconnected. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 5_000;

/**
 * An HTTP server as a part of a process. Stopping accepts no new requests, waits for the open ones, and closes the
 * connections that are left when the signal fires.
 */
export class HttpServer implements Part {
  readonly name: string;
  private readonly server: Server;
  /** Upgraded connections, which Node's server no longer tracks. */
  private readonly upgraded = new Set<Socket>();
  private stopping = false;
  private handle: RequestListener = (_request, response) => response.writeHead(503).end();

  constructor(private readonly options: HttpServerOptions) {
    this.name = options.name;
    this.server = createServer(
      {
        // A request without Host is refused by HostGuard, like one with a wrong Host.
        requireHostHeader: false,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      },
      (request, response) => {
        // A connection that becomes idle while the server stops would otherwise last until its keep-alive timeout.
        response.once('close', () => void (this.stopping && setImmediate(() => this.server.closeIdleConnections())));
        this.handle(request, response);
      },
    );
    // An unknown Expect header is ignored.
    this.server.on('checkExpectation', (request, response) => this.handle(request, response));
    if (options.mayUpgrade !== undefined)
      this.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket as Socket, head));
    this.server.on('clientError', (error, socket) => this.refuse(error, socket as Socket));
  }

  /** Throws an Error that names the variable to change when the port cannot be used. */
  async start(): Promise<void> {
    const { host, port } = this.options;
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', (error) => reject(this.explained(error)));
      this.server.listen(port, host, () => {
        this.server.removeAllListeners('error');
        resolve();
      });
    });
    this.handle = this.options.listener({ host, port: this.port });
  }

  async stop(signal: AbortSignal): Promise<void> {
    if (!this.server.listening) return;
    this.stopping = true;
    const closeAll = () => {
      this.server.closeAllConnections();
      for (const socket of this.upgraded) socket.destroy();
    };
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    if (signal.aborted) closeAll();
    else signal.addEventListener('abort', closeAll, { once: true });
    await closed;
    signal.removeEventListener('abort', closeAll);
  }

  /** The port that the server listens on. Throws before start. */
  get port(): number {
    const address = this.server.address() as AddressInfo | null;
    if (address === null) throw new Error(`${this.name} is not listening yet`);
    return address.port;
  }

  /** For people: `http://127.0.0.1:3000`. */
  get url(): string {
    const { host } = this.options;
    const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
    return `http://${name}:${this.port}`;
  }

  private upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    if (this.options.mayUpgrade?.(request) !== true) return serveWithoutUpgrade(this.server, request, socket, head);
    this.upgraded.add(socket);
    socket.once('close', () => this.upgraded.delete(socket));
    this.handle(request, upgradeResponse(request, socket, head));
  }

  private refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const { status, type, body } = this.options.unreadable?.(error) ?? { status: 400, type: 'text/plain', body: '' };
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Connection: close',
      `Content-Type: ${type}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  }

  private explained(error: NodeJS.ErrnoException): Error {
    const { host, port, portVariable } = this.options;
    if (error.code === 'EADDRINUSE')
      return new Error(`Port ${port} on ${host} is in use. Set ${portVariable} to another one.`, { cause: error });
    if (error.code === 'EACCES')
      return new Error(`No permission to listen on port ${port}. Set ${portVariable} to one above 1023.`, {
        cause: error,
      });
    if (error.code === 'EADDRNOTAVAIL')
      return new Error(`This machine has no address ${host}. Correct HOST.`, { cause: error });
    return error;
  }
}
