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
  /** The environment variable that sets the port, for the message when it is taken. */
  portVariable: string;
  /** Called with the address that it listens on, before the first request. */
  listener(address: { host: string; port: number }): RequestListener;
  /**
   * Whether a request that asks for another protocol may get it, from whoever answers it with `takeConnection`; all others
   * are answered as if they had not asked. Absent: none may.
   */
  mayUpgrade?(request: IncomingMessage): boolean;
  /** The answer to what is no HTTP request at all; absent: an empty 400. */
  unreadable?(error: NodeJS.ErrnoException): PlainAnswer;
}

export interface PlainAnswer {
  status: number;
  type: string;
  body: string;
}

/** Time for the headers of one request; a client that sends them slower is cut off. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_TIMEOUT_MS = 5_000;

/** A part that listens. Stopping takes no new requests, lets those under way end, and cuts what the limit leaves. */
export class HttpServer implements Part {
  readonly name: string;
  private readonly server: Server;
  /** Connections that changed the protocol: the server does not know them any more. */
  private readonly upgraded = new Set<Socket>();
  private stopping = false;
  private handle: RequestListener = (_request, response) => response.writeHead(503).end();

  constructor(private readonly options: HttpServerOptions) {
    this.name = options.name;
    this.server = createServer(
      {
        // A request without Host gets its refusal from the same place as one with a wrong Host.
        requireHostHeader: false,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      },
      (request, response) => {
        // A connection that becomes idle while the server stops would keep it open until its keep-alive time is over.
        response.once('close', () => void (this.stopping && setImmediate(() => this.server.closeIdleConnections())));
        this.handle(request, response);
      },
    );
    // An expectation nobody knows changes nothing about the request.
    this.server.on('checkExpectation', (request, response) => this.handle(request, response));
    if (options.mayUpgrade !== undefined)
      this.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket as Socket, head));
    this.server.on('clientError', (error, socket) => this.refuse(error, socket as Socket));
  }

  /** Throws an Error that says what to do when the port is taken. */
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
    const cut = () => {
      this.server.closeAllConnections();
      for (const socket of this.upgraded) socket.destroy();
    };
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    if (signal.aborted) cut();
    else signal.addEventListener('abort', cut, { once: true });
    await closed;
    signal.removeEventListener('abort', cut);
  }

  /** The port it listens on. Throws before start. */
  get port(): number {
    const address = this.server.address() as AddressInfo | null;
    if (address === null) throw new Error(`${this.name} does not listen yet`);
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
