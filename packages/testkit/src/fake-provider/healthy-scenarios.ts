import { usageOf, type Exchange } from './exchange.js';
import { answerTokens, gapMs, paceOf } from './pace.js';

/** Sends one answer, step by step. */
export type Scenario = (exchange: Exchange) => Promise<void>;

/** A complete stream at an even pace; one JSON body where the request is not for a stream. */
async function steady(exchange: Exchange): Promise<void> {
  if (!exchange.request.stream) return whole(exchange);
  await exchange.delta({ role: 'assistant', content: '' });
  await sendTokens(exchange);
  await exchange.finish();
}

/** The text of an answer at the pace of the request. */
export async function sendTokens(exchange: Exchange, count = paceOf(exchange.request).tokens): Promise<void> {
  const pace = paceOf(exchange.request);
  for (const [index, content] of answerTokens(count).entries()) {
    await exchange.wait(gapMs(pace, index));
    await exchange.delta({ content });
  }
}

/** One JSON body after the time of the whole answer, also for a stream: some servers do not stream. */
async function whole(exchange: Exchange): Promise<void> {
  const pace = paceOf(exchange.request);
  const content = answerTokens(pace.tokens).join('');
  await exchange.wait(pace.firstTokenMs + pace.tokenMs * pace.tokens);
  await exchange.whole({
    id: 'chatcmpl-whole',
    object: 'chat.completion',
    model: exchange.request.model,
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: usageOf(exchange.request, pace.tokens),
  });
}

/** Reasoning text, then the answer. */
async function thinking(exchange: Exchange): Promise<void> {
  const pace = paceOf(exchange.request);
  for (const [index, reasoning_content] of answerTokens(pace.tokens).entries()) {
    await exchange.wait(gapMs(pace, index));
    await exchange.delta({ reasoning_content });
  }
  await sendTokens(exchange);
  await exchange.finish();
}

/** Two parallel tool calls whose arguments come in pieces. */
async function toolCalls(exchange: Exchange): Promise<void> {
  const { firstTokenMs, tokenMs } = paceOf(exchange.request);
  const begin = (index: number, name: string) => ({
    index,
    id: `call_${index}`,
    type: 'function',
    function: { name, arguments: '' },
  });
  await exchange.wait(firstTokenMs);
  await exchange.delta({ role: 'assistant', content: null, tool_calls: [begin(0, 'weather'), begin(1, 'time')] });
  for (const part of ['{"city":', '"Bergen"}']) {
    await exchange.wait(tokenMs);
    await exchange.delta({ tool_calls: [0, 1].map((index) => ({ index, function: { arguments: part } })) });
  }
  await exchange.finish('tool_calls');
}

/** An answer cut off by the token limit. */
async function tokenLimit(exchange: Exchange): Promise<void> {
  await sendTokens(exchange);
  await exchange.finish('length');
}

/** Text in chunks of one byte, which split its characters. */
async function splitUtf8(exchange: Exchange): Promise<void> {
  const event = Buffer.from(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: SPLIT_TEXT } }] })}\n\n`);
  for (const byte of event) await exchange.raw(Uint8Array.of(byte));
  await exchange.finish();
}
export const SPLIT_TEXT = 'Blåbærsyltetøy 🫐 日本';

/** Lines that end with CRLF, after a byte order mark and a comment. */
async function crlf(exchange: Exchange): Promise<void> {
  await exchange.raw('\uFEFF: hello\r\n\r\n');
  for (const content of answerTokens(paceOf(exchange.request).tokens)) {
    await exchange.raw(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\r\n\r\n`);
  }
  await exchange.raw('data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\r\n\r\ndata: [DONE]\r\n\r\n');
  await exchange.end();
}

/** An end without `[DONE]` after the finish reason, as of some servers. */
async function withoutDone(exchange: Exchange): Promise<void> {
  await sendTokens(exchange);
  await exchange.delta({}, 'stop');
  await exchange.end();
}

/** A complete answer on a connection that stays open. */
async function neverCloses(exchange: Exchange): Promise<void> {
  await sendTokens(exchange);
  await exchange.delta({}, 'stop');
  await exchange.hang();
}

export const HEALTHY_SCENARIOS = {
  steady,
  whole,
  thinking,
  'tool-calls': toolCalls,
  'token-limit': tokenLimit,
  'split-utf8': splitUtf8,
  crlf,
  'without-done': withoutDone,
  'never-closes': neverCloses,
} satisfies Record<string, Scenario>;
