import { gzipSync } from 'node:zlib';
import type { Exchange } from './exchange.js';
import { sendTokens, type Scenario } from './healthy-scenarios.js';

/** Scenarios about the bytes on the connection, whatever the answer is. */

const DRIP_MS = 1_000;
/** Larger than any limit of events in the tests. */
const HUGE = 512 * 1024;

/** A status line at one byte per second. */
async function slowHeaders(exchange: Exchange): Promise<void> {
  for (const byte of Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n')) {
    await exchange.wire(Uint8Array.of(byte));
    await exchange.wait(DRIP_MS);
  }
}

async function closesAtOnce(exchange: Exchange): Promise<void> {
  exchange.halfClose();
  await exchange.hang();
}

/** A chunk whose second half is never sent. */
async function halfClosed(exchange: Exchange): Promise<void> {
  await sendTokens(exchange);
  await exchange.wire('ff\r\ndata: {"choices":');
  exchange.halfClose();
  await exchange.hang();
}

async function shortBody(exchange: Exchange): Promise<void> {
  await exchange.wire('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{"choices":[]}');
  exchange.halfClose();
  await exchange.hang();
}

async function notHttp(exchange: Exchange): Promise<void> {
  await exchange.wire('SSH-2.0-OpenSSH_9.2\r\n');
  await exchange.hang();
}

/** A compressed body, which some proxies send unasked. */
async function gzip(exchange: Exchange): Promise<void> {
  const body = gzipSync('data: {"choices":[{"delta":{"content":"A"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n');
  const head = `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`;
  await exchange.wire(Buffer.concat([Buffer.from(head), body]));
  await exchange.hang();
}

async function hugeEvent(exchange: Exchange): Promise<void> {
  await exchange.delta({ content: 'x'.repeat(HUGE) });
  await exchange.finish();
}

async function noContent(exchange: Exchange): Promise<void> {
  await exchange.refuse({ status: 204, error: '' });
}

async function doneTwice(exchange: Exchange): Promise<void> {
  await sendTokens(exchange);
  await exchange.delta({}, 'stop');
  await exchange.raw('data: [DONE]\n\ndata: [DONE]\n\n');
  await exchange.end();
}

/** Data without end after `[DONE]`. */
async function trailingData(exchange: Exchange): Promise<void> {
  await sendTokens(exchange);
  await exchange.delta({}, 'stop');
  await exchange.raw('data: [DONE]\n\n');
  for (;;) {
    await exchange.delta({ content: ' and more' });
    await exchange.wait(1);
  }
}

async function invalidUtf8(exchange: Exchange): Promise<void> {
  const [before, after] = ['data: {"choices":[{"index":0,"delta":{"content":"A', 'queue"}}]}\n\n'];
  await exchange.raw(Buffer.concat([Buffer.from(before), Buffer.from([0xc3]), Buffer.from(after)]));
  await exchange.finish();
}

async function earlyHints(exchange: Exchange): Promise<void> {
  await exchange.wire('HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n');
  await sendTokens(exchange);
  await exchange.finish();
}

export const WIRE_SCENARIOS = {
  'slow-headers': slowHeaders,
  'closes-at-once': closesAtOnce,
  'half-closed': halfClosed,
  'short-body': shortBody,
  'not-http': notHttp,
  gzip,
  'huge-event': hugeEvent,
  'no-content': noContent,
  'done-twice': doneTwice,
  'trailing-data': trailingData,
  'invalid-utf8': invalidUtf8,
  'early-hints': earlyHints,
} satisfies Record<string, Scenario>;
