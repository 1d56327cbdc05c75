import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { eventStreamText, type EventStreamOptions } from './event-stream.js';
import type { Reply } from '../calls/route.js';

/** Sends a reply; resolves when it is sent, or when the client has disconnected. */
export async function sendReply(
  response: ServerResponse,
  reply: Reply,
  events: () => EventStreamOptions,
): Promise<void> {
  if (reply.handOver !== undefined) return reply.handOver(response.req, response);
  response.statusCode = reply.status;
  for (const [name, value] of Object.entries(reply.headers ?? {})) response.setHeader(name, value);
  if (reply.stream !== undefined) return sendStream(response, reply.stream);
  if (reply.events !== undefined) {
    const source = Readable.from(eventStreamText(reply.events, events()));
    return sendStream(response, { type: 'text/event-stream; charset=utf-8', source });
  }
  if (reply.text !== undefined) {
    response.setHeader('Content-Type', reply.text.type);
    response.end(reply.text.content);
    return;
  }
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.end(`${JSON.stringify(reply.json)}\n`);
}

async function sendStream(response: ServerResponse, stream: NonNullable<Reply['stream']>): Promise<void> {
  response.setHeader('Content-Type', stream.type);
  // Keeps proxies from buffering the events.
  response.setHeader('X-Accel-Buffering', 'no');
  if (response.req.method === 'HEAD') {
    stream.source.destroy();
    response.end();
    return;
  }
  response.flushHeaders();
  // Most streams end because the client disconnects: no error.
  await pipeline(stream.source, response).catch(() => response.destroy());
}
