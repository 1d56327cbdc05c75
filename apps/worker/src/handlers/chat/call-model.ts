import type { IncomingMessage } from 'node:http';
import type { Clock } from '@leeway/runtime';
import { limitCall, type CallLimits, type ReachedLimit } from './call-limit.js';
import { ChatFailure } from './chat-errors.js';
import { readChunk, type ChatPart } from './completion-chunk.js';
import type { ModelAnswer } from './model-answer.js';
import { openConnection } from './provider-connection.js';
import { readErrorBody, responseFailure, streamFailure } from './provider-error.js';
import type { Provider } from './provider.js';
import { redactSecret } from './redact-secret.js';
import { readBody, readEvents } from './response-body.js';

export interface ModelCall {
  provider: Provider;
  /** The whole request. */
  body: object;
  /** Filled as the answer arrives, so that it holds the partial answer when the call ends early. */
  answer: ModelAnswer;
  /** Called for each part, after it was added to the answer. */
  onPart(part: ChatPart): void;
  /** Most bytes of an answer; a single event may be somewhat larger. */
  maxBytes: number;
  signal: AbortSignal;
  limits: CallLimits;
  clock: Clock;
}

/**
 * One call to one model, until its answer is complete. Throws ChatFailure; after an abort, any error. The connection is closed
 * in every case.
 */
export async function callModel(call: ModelCall): Promise<void> {
  const { provider, body } = call;
  const limit = limitCall(call.signal, call.limits);
  const onPart: ModelCall['onPart'] = (part) => {
    limit.receivedToken();
    call.onPart(part);
  };
  try {
    const { response, close } = await openConnection({
      url: provider.url,
      body,
      signal: limit.signal,
      ...(provider.key === undefined ? {} : { key: provider.key }),
    });
    try {
      await readAnswer(response, { ...call, onPart });
    } finally {
      close();
    }
  } catch (error) {
    throw withoutSecrets(limit.reached === undefined ? toFailure(error) : overLimit(limit.reached, provider), provider);
  } finally {
    limit.clear();
  }
}

function overLimit({ which, ms }: ReachedLimit, { firstOutputMs }: Provider): ChatFailure {
  const limit = `${Math.round(ms)} ms`;
  switch (which) {
    case 'callMs':
      return new ChatFailure('call_timeout', `the call took longer than its limit of ${limit} (callMs)`, {
        publicReason: `no answer within ${limit}`,
      });
    case 'firstTokenMs':
      return new ChatFailure('call_timeout', `no token within ${limit}, the limit of the tier for a call`, {
        publicReason: `no token within ${limit}`,
        affectsHealth: ms >= firstOutputMs,
      });
    case 'stepMs':
      return new ChatFailure(
        'step_timeout',
        `the answer took longer than ${limit}, the limit of the tier for its step`,
      );
  }
}

async function readAnswer(response: IncomingMessage, call: ModelCall): Promise<void> {
  const type = response.headers['content-type'] ?? '';
  if (response.statusCode !== 200) return failWithResponse(response, call);
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw new ChatFailure('malformed_stream', `expected an answer without content encoding; got ${encoding}`);
  if (/\bjson\b/i.test(type)) return readWhole(response, call);
  if (STREAM_TYPES.test(type)) return readStream(response, call);
  throw new ChatFailure('malformed_stream', `expected an event stream from the provider; got the content type ${type}`);
}

/** Some servers give their stream no content type, or a wrong one. */
const STREAM_TYPES = /^$|^text\/event-stream\b|^text\/plain\b|^application\/octet-stream\b/i;

async function failWithResponse(response: IncomingMessage, { provider, clock }: ModelCall): Promise<never> {
  const { text } = await readBody(response, { maxBytes: ERROR_BODY_BYTES, maxMs: provider.closingMs });
  throw responseFailure({
    status: response.statusCode ?? 0,
    error: readErrorBody(text),
    headers: response.headers,
    nowMs: clock.wallMs(),
  });
}

/** Far more than any provider's message, and little beside an answer. */
const ERROR_BODY_BYTES = 65_536;

/** Some servers answer with one body although a stream was requested. */
async function readWhole(response: IncomingMessage, call: ModelCall): Promise<void> {
  const { text, end } = await readBody(response, { maxBytes: maxEventBytes(call) });
  if (end === 'too_large')
    throw new ChatFailure('answer_too_large', `the answer is larger than ${call.maxBytes} bytes`);
  if (end !== 'whole') throw new ChatFailure('stream_cut', 'the connection broke before the answer was complete');
  addChunk(text, call);
  if (!call.answer.finished && call.answer.empty)
    throw new ChatFailure('malformed_stream', 'the answer of the provider holds no choice');
}

async function readStream(response: IncomingMessage, call: ModelCall): Promise<void> {
  const { answer, provider } = call;
  let closing: NodeJS.Timeout | undefined;
  try {
    for await (const data of readEvents(response, { maxChars: maxEventBytes(call) })) {
      if (data === '[DONE]') return checkDone(answer);
      addChunk(data, call);
      // The answer is complete; only the token counts are missing, and they are not worth an attempt.
      if (answer.finished) closing ??= setTimeout(() => response.destroy(), provider.closingMs);
    }
  } catch (error) {
    // An error after the finish reason does not undo the answer.
    if (!answer.finished) throw error;
  } finally {
    clearTimeout(closing);
  }
  if (!answer.finished) throw new ChatFailure('stream_cut', 'the stream ended before the answer was complete');
}

function checkDone(answer: ModelAnswer): void {
  if (answer.empty && !answer.finished) throw new ChatFailure('stream_cut', 'the stream ended before its first token');
}

function addChunk(json: string, { answer, onPart, clock }: ModelCall): void {
  const chunk = readChunk(json);
  if (chunk.error !== null) throw streamFailure(chunk.error, clock.wallMs());
  answer.add(chunk);
  for (const part of chunk.parts) onPart(part);
}

/** JSON escapes can double the length of a text, and there are names and ids around it. */
function maxEventBytes({ maxBytes }: ModelCall): number {
  return 2 * maxBytes + EVENT_FRAME_BYTES;
}
const EVENT_FRAME_BYTES = 16_384;

function toFailure(error: unknown): ChatFailure {
  if (error instanceof ChatFailure) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new ChatFailure('stream_cut', `the connection broke before the answer was complete (${code ?? message})`);
}

function withoutSecrets(failure: ChatFailure, { name, key }: Provider): ChatFailure {
  return failure.reworded(`provider "${name}": ${redactSecret(failure.message, key)}`);
}
