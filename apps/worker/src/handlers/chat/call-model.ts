import type { IncomingMessage } from 'node:http';
import type { Clock } from '@leeway/runtime';
import type { Answer } from './answer.js';
import { limitCall, type CallLimits, type ReachedLimit } from './call-limit.js';
import { ChatFailure } from './chat-errors.js';
import { readChunk, type ChatPart } from './completion-chunk.js';
import { readEvents } from './event-stream.js';
import { openConnection } from './provider-connection.js';
import { readErrorBody, refusalFailure, streamFailure } from './provider-error.js';
import type { Provider } from './provider.js';
import { redactSecret } from './redact-secret.js';
import { readBody } from './response-body.js';

export interface ModelCall {
  provider: Provider;
  /** The whole request, as the provider gets it. */
  body: object;
  /** Filled as the answer comes, so that it holds what there is when the call ends early. */
  answer: Answer;
  /** Called for everything the model says, after it was added to the answer. */
  onPart(part: ChatPart): void;
  /** Bytes of an answer at most; single events may be somewhat larger. */
  maxBytes: number;
  signal: AbortSignal;
  limits: CallLimits;
  clock: Clock;
}

/**
 * One call to one model, until its answer is complete. Throws ChatFailure; when the signal fired, whatever the
 * connection died of. Either way the connection is closed.
 */
export async function callModel(call: ModelCall): Promise<void> {
  const { provider, body } = call;
  const limit = limitCall(call.signal, call.limits);
  const onPart: ModelCall['onPart'] = (part) => {
    limit.heard();
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
    throw withoutSecrets(limit.reached === undefined ? toFailure(error) : tooLong(limit.reached, provider), provider);
  } finally {
    limit.clear();
  }
}

function tooLong({ which, ms }: ReachedLimit, { patienceMs }: Provider): ChatFailure {
  const limit = `${Math.round(ms)} ms`;
  switch (which) {
    case 'most':
      return new ChatFailure('call_timeout', `the call took longer than its limit of ${limit} (callMs)`, {
        brief: `no answer within ${limit}`,
      });
    case 'silent':
      return new ChatFailure('call_timeout', `the model said nothing within ${limit}, which the tier leaves a call`, {
        brief: `no word within ${limit}`,
        // A plan with little patience says nothing of the provider with it.
        blameless: ms < patienceMs,
      });
    case 'step':
      return new ChatFailure('step_timeout', `the answer took longer than the ${limit} that the tier left its step`);
  }
}

async function readAnswer(response: IncomingMessage, call: ModelCall): Promise<void> {
  const type = response.headers['content-type'] ?? '';
  if (response.statusCode !== 200) return refuse(response, call);
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw new ChatFailure('malformed_stream', `expected an answer as it is; got one encoded as ${encoding}`);
  if (/\bjson\b/i.test(type)) return readWhole(response, call);
  if (STREAM_TYPES.test(type)) return readStream(response, call);
  throw new ChatFailure('malformed_stream', `expected an event stream from the provider; got the content type ${type}`);
}

/** Some servers forget to name their stream, or name it wrongly. */
const STREAM_TYPES = /^$|^text\/event-stream\b|^text\/plain\b|^application\/octet-stream\b/i;

async function refuse(response: IncomingMessage, { provider, clock }: ModelCall): Promise<never> {
  const { text } = await readBody(response, { maxBytes: ERROR_BODY_BYTES, maxMs: provider.closingMs });
  throw refusalFailure({
    status: response.statusCode ?? 0,
    error: readErrorBody(text),
    headers: response.headers,
    nowMs: clock.wallMs(),
  });
}

/** Far more than any provider's sentence, and little beside an answer. */
const ERROR_BODY_BYTES = 65_536;

/** Some servers answer with one body although a stream was asked for. */
async function readWhole(response: IncomingMessage, call: ModelCall): Promise<void> {
  const { text, end } = await readBody(response, { maxBytes: eventLimit(call) });
  if (end === 'too_large')
    throw new ChatFailure('answer_too_large', `the answer is larger than ${call.maxBytes} bytes`);
  if (end !== 'whole') throw new ChatFailure('stream_cut', 'the connection broke before the answer was complete');
  take(text, call);
  if (!call.answer.finished && call.answer.empty)
    throw new ChatFailure('malformed_stream', 'the answer of the provider holds no choice');
}

async function readStream(response: IncomingMessage, call: ModelCall): Promise<void> {
  const { answer, provider } = call;
  let closing: NodeJS.Timeout | undefined;
  try {
    for await (const data of readEvents(response, { maxChars: eventLimit(call) })) {
      if (data === '[DONE]') return ended(answer);
      take(data, call);
      // The answer is complete; only the token counts are missing, and they are not worth an attempt.
      if (answer.finished) closing ??= setTimeout(() => response.destroy(), provider.closingMs);
    }
  } catch (error) {
    // Whatever happens after the finish reason takes nothing back.
    if (!answer.finished) throw error;
  } finally {
    clearTimeout(closing);
  }
  if (!answer.finished) throw new ChatFailure('stream_cut', 'the stream ended before the answer was complete');
}

function ended(answer: Answer): void {
  if (answer.empty && !answer.finished)
    throw new ChatFailure('stream_cut', 'the stream ended before anything was said');
}

function take(json: string, { answer, onPart, clock }: ModelCall): void {
  const chunk = readChunk(json);
  if (chunk.error !== null) throw streamFailure(chunk.error, clock.wallMs());
  answer.add(chunk);
  for (const part of chunk.parts) onPart(part);
}

/** In JSON a text can be twice as long as it is, and there are names and ids around it. */
function eventLimit({ maxBytes }: ModelCall): number {
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
