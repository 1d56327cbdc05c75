import { connect, type Socket } from 'node:net';

export interface Load {
  port: number;
  path: string;
  /** Requests in all. */
  requests: number;
  /** Connections, each with one request at a time. */
  connections: number;
  /** JSON body of the n-th request, counted from 0. */
  body: (n: number) => string;
}

export interface LoadResult {
  /** From the first request to the last reply. */
  seconds: number;
  /** Of each request, in ms, in ascending order. */
  latenciesMs: number[];
  /** Replies whose status is not 2xx. */
  failures: number;
}

/** Sends requests over kept connections, with as little work of its own as possible: it shares the processors. */
export async function httpLoad(load: Load): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  let next = 0;
  let failures = 0;
  const worker = async () => {
    const connection = await openConnection(load.port);
    while (next < load.requests) {
      const body = load.body(next++);
      const beganMs = performance.now();
      const status = await connection.post(load.path, body);
      latenciesMs.push(performance.now() - beganMs);
      if (status < 200 || status > 299) failures += 1;
    }
    connection.close();
  };
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: load.connections }, worker));
  const seconds = (performance.now() - beganMs) / 1_000;
  return { seconds, latenciesMs: latenciesMs.toSorted((a, b) => a - b), failures };
}

export interface HttpConnection {
  /** Resolves with the status once the whole reply was read. One at a time. */
  post(path: string, body: string): Promise<number>;
  close(): void;
}

/** One connection to 127.0.0.1 that is kept; replies have to carry a content-length. */
export async function openConnection(port: number): Promise<HttpConnection> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const opened = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(opened));
    opened.once('error', reject);
  });
  let waiting: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined;
  let received = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    received += chunk;
    const reply = completeReply(received);
    if (reply === undefined) return;
    received = received.slice(reply.length);
    const { resolve } = waiting ?? {};
    waiting = undefined;
    resolve?.(reply.status);
  });
  socket.on('close', () => waiting?.reject(new Error('the server closed the connection')));
  socket.on('error', (error) => waiting?.reject(error));
  return {
    post(path, body) {
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        const bytes = Buffer.byteLength(body);
        socket.write(
          `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n${body}`,
        );
      });
    },
    close: () => void socket.destroy(),
  };
}

function completeReply(received: string): { status: number; length: number } | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = received.slice(0, headEnd);
  const bytes = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (bytes === undefined) throw new Error(`a reply without content-length:\n${head}`);
  const length = headEnd + 4 + Number(bytes);
  return received.length < length ? undefined : { status: Number(head.slice(9, 12)), length };
}
