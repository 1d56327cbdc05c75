import type { ErrorReply, Exchange } from './exchange.js';
import { sendTokens, type Scenario } from './healthy-scenarios.js';

/** Longer than any clock in the tests, shorter than the timeout of a test. */
const LATE_MS = 3_000;
const DRIP_MS = 1_000;
const KEEP_ALIVE_MS = 20;
const TOKENS_BEFORE_FAULT = 3;
const MEGABYTE = 1024 * 1024;

/** A late first token, then the usual pace. */
async function lateFirstToken(exchange: Exchange): Promise<void> {
  await exchange.delta({ role: 'assistant', content: '' });
  await exchange.wait(LATE_MS);
  await sendTokens(exchange);
  await exchange.finish();
}

/** Some tokens, then nothing on an open connection. */
async function stall(exchange: Exchange): Promise<void> {
  await sendTokens(exchange, TOKENS_BEFORE_FAULT);
  await exchange.hang();
}

/** One byte per second without end. */
async function drip(exchange: Exchange): Promise<void> {
  const event = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'drop' } }] })}\n\n`;
  for (;;) {
    for (const byte of Buffer.from(event)) {
      await exchange.raw(Uint8Array.of(byte));
      await exchange.wait(DRIP_MS);
    }
  }
}

/** Only keep-alive comments. */
async function keepAliveOnly(exchange: Exchange): Promise<void> {
  for (;;) {
    await exchange.raw(': keep-alive\n\n');
    await exchange.wait(KEEP_ALIVE_MS);
  }
}

/** Well-formed chunks without any text. */
async function emptyDeltas(exchange: Exchange): Promise<void> {
  await exchange.delta({ role: 'assistant' });
  for (;;) {
    await exchange.delta({ content: '' });
    await exchange.wait(KEEP_ALIVE_MS);
  }
}

/** The same sentence without end. */
async function endless(exchange: Exchange): Promise<void> {
  for (;;) await sendTokens(exchange);
}

/** Ten megabytes as fast as the client reads. */
async function tenMegabytes(exchange: Exchange): Promise<void> {
  const content = 'x'.repeat(MEGABYTE / 64);
  for (let sent = 0; sent < 10 * MEGABYTE; sent += content.length) await exchange.delta({ content });
  await exchange.finish();
}

/** One line without end. */
async function endlessLine(exchange: Exchange): Promise<void> {
  const part = 'x'.repeat(MEGABYTE / 64);
  await exchange.raw('data: {"choices":[{"index":0,"delta":{"content":"');
  for (;;) await exchange.raw(part);
}

async function reset(exchange: Exchange): Promise<void> {
  await sendTokens(exchange, TOKENS_BEFORE_FAULT);
  exchange.reset();
}

/** Reads the request and resets the connection. */
async function resetAtOnce(exchange: Exchange): Promise<void> {
  exchange.reset();
}

/** Reasoning text, then a premature end. */
async function thoughtThenCut(exchange: Exchange): Promise<void> {
  await exchange.delta({ reasoning_content: 'Hm.' });
  await exchange.end();
}

/** A regular end of the stream in the middle of the answer. */
async function cut(exchange: Exchange): Promise<void> {
  await sendTokens(exchange, TOKENS_BEFORE_FAULT);
  await exchange.end();
}

/** `[DONE]` without any text before it. */
async function onlyDone(exchange: Exchange): Promise<void> {
  await exchange.raw('data: [DONE]\n\n');
  await exchange.end();
}

async function malformed(exchange: Exchange): Promise<void> {
  await sendTokens(exchange, TOKENS_BEFORE_FAULT);
  await exchange.raw('data: {"choices":[{"index":0,"delta":{"content":"half\n\n');
  await exchange.finish();
}

/** An error event after the stream has begun. */
async function errorInStream(exchange: Exchange): Promise<void> {
  await sendTokens(exchange, TOKENS_BEFORE_FAULT);
  await exchange.event({ error: { message: 'The engine ran out of memory.', type: 'server_error', code: 500 } });
  await exchange.end();
}

async function html(exchange: Exchange): Promise<void> {
  await exchange.refuse({
    status: 200,
    error: '<!doctype html><title>Please sign in</title>',
    headers: { 'content-type': 'text/html' },
  });
}

function refusing(reply: ErrorReply): Scenario {
  return (exchange) => exchange.refuse(reply);
}

const tooMany = {
  message: 'Rate limit reached for requests.',
  type: 'requests',
  param: null,
  code: 'rate_limit_exceeded',
};
const noQuota = {
  message: 'You exceeded your current quota, please check your plan and billing details.',
  type: 'insufficient_quota',
  param: null,
  code: 'insufficient_quota',
};
const wrongField = {
  message: "Unknown parameter: 'temprature'.",
  type: 'invalid_request_error',
  param: 'temprature',
  code: 'unknown_parameter',
};

/** An error that repeats the key of the request, as some proxies do. */
async function wrongKey(exchange: Exchange): Promise<void> {
  const key = String(exchange.request.headers['authorization'] ?? 'none');
  await exchange.refuse({
    status: 401,
    error: { message: `Incorrect API key provided: ${key}.`, type: 'invalid_request_error', code: 'invalid_api_key' },
  });
}

export const FAULTY_SCENARIOS = {
  'late-first-token': lateFirstToken,
  stall,
  drip,
  'keep-alive-only': keepAliveOnly,
  'empty-deltas': emptyDeltas,
  endless,
  'ten-megabytes': tenMegabytes,
  'endless-line': endlessLine,
  reset,
  'reset-at-once': resetAtOnce,
  'thought-then-cut': thoughtThenCut,
  cut,
  'only-done': onlyDone,
  malformed,
  'error-in-stream': errorInStream,
  html,
  'error-never-ends': refusing({ status: 500, error: '{"error":{"message":"The upst', unfinished: true }),
  'never-answers': (exchange) => exchange.hang(),
  'rate-limit': refusing({ status: 429, error: tooMany, headers: { 'retry-after': '7' } }),
  'rate-limit-briefly': refusing({ status: 429, error: tooMany, headers: { 'retry-after': '0.1' } }),
  'rate-limit-dated': refusing({
    status: 429,
    error: tooMany,
    headers: { date: 'Sat, 21 Nov 2026 10:00:00 GMT', 'retry-after': 'Sat, 21 Nov 2026 10:00:30 GMT' },
  }),
  'rate-limit-silent': refusing({ status: 429, error: tooMany }),
  'usage-limit': refusing({ status: 429, error: noQuota }),
  'server-error': refusing({
    status: 500,
    error: { message: 'The server had an error.', type: 'server_error', code: null },
  }),
  overloaded: refusing({
    status: 503,
    error: 'upstream busy',
    headers: { 'content-type': 'text/plain', 'retry-after': '2' },
  }),
  'overloaded-briefly': refusing({ status: 503, error: 'upstream busy', headers: { 'retry-after-ms': '100' } }),
  'wrong-request': refusing({ status: 400, error: wrongField }),
  'wrong-key': wrongKey,
  forbidden: refusing({ status: 403, error: { message: 'Your country is not supported.', type: 'forbidden' } }),
  redirect: refusing({ status: 307, error: '', headers: { location: 'http://127.0.0.1:9/elsewhere' } }),
} satisfies Record<string, Scenario>;
