import type { Exchange, Refusal } from './exchange.js';
import { say, type Scenario } from './healthy-scenarios.js';

/** Milliseconds; long beside any clock a test sets, short beside a test's own limit. */
const LATE_MS = 3_000;
const DRIP_MS = 1_000;
const KEEP_ALIVE_MS = 20;
const SAID_BEFORE_FAULT = 3;
const MEGABYTE = 1024 * 1024;

/** The first token comes late, the rest at the usual pace. */
async function lateFirstToken(exchange: Exchange): Promise<void> {
  await exchange.delta({ role: 'assistant', content: '' });
  await exchange.wait(LATE_MS);
  await say(exchange);
  await exchange.finish();
}

/** Some tokens, then silence on an open connection. */
async function stall(exchange: Exchange): Promise<void> {
  await say(exchange, SAID_BEFORE_FAULT);
  await exchange.hang();
}

/** One byte a second, for ever. */
async function drip(exchange: Exchange): Promise<void> {
  const event = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'drop' } }] })}\n\n`;
  for (;;) {
    for (const byte of Buffer.from(event)) {
      await exchange.raw(Uint8Array.of(byte));
      await exchange.wait(DRIP_MS);
    }
  }
}

/** Comments that keep the connection warm, and nothing else. */
async function keepAliveOnly(exchange: Exchange): Promise<void> {
  for (;;) {
    await exchange.raw(': keep-alive\n\n');
    await exchange.wait(KEEP_ALIVE_MS);
  }
}

/** Well-formed chunks without a word in them. */
async function emptyDeltas(exchange: Exchange): Promise<void> {
  await exchange.delta({ role: 'assistant' });
  for (;;) {
    await exchange.delta({ content: '' });
    await exchange.wait(KEEP_ALIVE_MS);
  }
}

/** The same sentence again and again. */
async function endless(exchange: Exchange): Promise<void> {
  for (;;) await say(exchange);
}

/** Ten megabytes as fast as they are taken. */
async function tenMegabytes(exchange: Exchange): Promise<void> {
  const content = 'x'.repeat(MEGABYTE / 64);
  for (let sent = 0; sent < 10 * MEGABYTE; sent += content.length) await exchange.delta({ content });
  await exchange.finish();
}

/** One line that never ends. */
async function endlessLine(exchange: Exchange): Promise<void> {
  const part = 'x'.repeat(MEGABYTE / 64);
  await exchange.raw('data: {"choices":[{"index":0,"delta":{"content":"');
  for (;;) await exchange.raw(part);
}

async function reset(exchange: Exchange): Promise<void> {
  await say(exchange, SAID_BEFORE_FAULT);
  exchange.reset();
}

/** Takes the request, and cuts the connection. */
async function resetAtOnce(exchange: Exchange): Promise<void> {
  exchange.reset();
}

/** Thinks aloud, and breaks off. */
async function thoughtThenCut(exchange: Exchange): Promise<void> {
  await exchange.delta({ reasoning_content: 'Hm.' });
  await exchange.end();
}

/** The stream ends in good order, in the middle of the answer. */
async function cut(exchange: Exchange): Promise<void> {
  await say(exchange, SAID_BEFORE_FAULT);
  await exchange.end();
}

/** `[DONE]`, and not a word before it. */
async function nothingSaid(exchange: Exchange): Promise<void> {
  await exchange.raw('data: [DONE]\n\n');
  await exchange.end();
}

async function malformed(exchange: Exchange): Promise<void> {
  await say(exchange, SAID_BEFORE_FAULT);
  await exchange.raw('data: {"choices":[{"index":0,"delta":{"content":"half\n\n');
  await exchange.finish();
}

/** Fails after the stream has begun, and says so in it. */
async function errorInStream(exchange: Exchange): Promise<void> {
  await say(exchange, SAID_BEFORE_FAULT);
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

function refusing(refusal: Refusal): Scenario {
  return (exchange) => exchange.refuse(refusal);
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

/** Repeats the key it was sent, as careless proxies do. */
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
  'nothing-said': nothingSaid,
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
