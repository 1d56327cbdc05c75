import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ERRORS, toProblem, LeewayError, type ErrorCode } from '@leeway/contract';

export interface Seen {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
}

export type Answer = (request: Seen, response: ServerResponse) => void | Promise<void>;

export interface ScriptedServer {
  url: string;
  seen: Seen[];
  close(): Promise<void>;
}

/** A real HTTP server that sends the answers in order, and the last one from then on. */
export async function scriptedServer(...answers: [Answer, ...Answer[]]): Promise<ScriptedServer> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const one = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    };
    const answer = answers[Math.min(seen.length, answers.length - 1)] as Answer;
    seen.push(one);
    await answer(one, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function json(value: unknown, status = 200): Answer {
  return (_request, response) => {
    response
      .writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req-1' })
      .end(JSON.stringify(value));
  };
}

export function problem(code: ErrorCode, detail: string, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    const body = JSON.stringify(toProblem(new LeewayError(code, detail)));
    response
      .writeHead(ERRORS[code].status, {
        'content-type': 'application/problem+json',
        'x-request-id': 'req-1',
        ...headers,
      })
      .end(body);
  };
}

/** Sends the text as an event stream, and then ends it, cuts the connection, or leaves it open. */
export function stream(text: string, then: 'end' | 'cut' | 'open' = 'end'): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(text, () => {
      if (then === 'end') response.end();
      if (then === 'cut') response.destroy();
    });
  };
}

/** One event as the API writes it. */
export function sse(id: string, type: string, data: unknown = null): string {
  const event = { id, type, at: '2026-11-21T10:00:00.000Z', attempt: 1, data };
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Reads the request and never replies. */
export const silence: Answer = () => {};

/** Closes the connection without a reply. */
export const hangUp: Answer = (_request, response) => {
  response.destroy();
};
