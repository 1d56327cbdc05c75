import type { ChatInput } from '@leeway/contract';
import { systemClock, type Clock } from '@leeway/service';
import type { Handler, HandlerContext } from '../handler.js';
import { Answer, type ChatResult } from './answer.js';
import { callModel } from './call-model.js';
import { ChatFailure, toHandlerError, type ChatErrorCode } from './chat-errors.js';
import { chatRequestBody, readChatInput } from './chat-request.js';
import type { ChatPart } from './completion-chunk.js';
import { findProvider, type Provider, type ProviderSource } from './provider.js';

export interface ChatHandlerOptions extends ProviderSource {
  /** Default: the machine's. */
  clock?: Clock;
}

/** A model of the list that failed before the one that answered. */
export interface PassedOver {
  readonly model: string;
  readonly code: ChatErrorCode;
  readonly message: string;
  readonly retryAfterMs?: number;
}

/** One chat job on one worker. */
interface ChatRun {
  readonly input: ChatInput;
  readonly provider: Provider;
  readonly context: HandlerContext;
  readonly clock: Clock;
  /** Bytes of an answer at most. */
  readonly maxBytes: number;
}

/**
 * Runs jobs of the kind `chat` against servers that speak OpenAI's chat completions. Streams the answer, reports every
 * token as evidence of progress, and closes the connection when the attempt is aborted; what had come by then is the
 * partial result. First output, silence and total time are the supervisor's to watch.
 */
export function createChatHandler({ policy, env, clock = systemClock }: ChatHandlerOptions): Handler {
  return {
    kind: 'chat',
    async run(rawInput, context) {
      try {
        const input = readChatInput(rawInput);
        const provider = findProvider(input.provider, { policy, env });
        return await askModels({ input, provider, context, clock, maxBytes: policy.retention.resultBytes });
      } catch (error) {
        throw error instanceof ChatFailure ? toHandlerError(error) : error;
      }
    },
  };
}

/** The models of the list one after the other, within the one deadline of the attempt, until one has answered. */
async function askModels(run: ChatRun): Promise<ChatResult & { fallbacks?: PassedOver[] }> {
  const { input, context } = run;
  const models = [input.model, ...(input.fallback ?? [])];
  const fallbacks: PassedOver[] = [];
  for (const [index, model] of models.entries()) {
    const answer = new Answer({ model, maxBytes: run.maxBytes });
    const result = () => ({ ...answer.result(), ...(fallbacks.length === 0 ? {} : { fallbacks }) });
    try {
      await askModel(run, model, answer);
      return result();
    } catch (error) {
      // The abort closed the connection, and that is what the call died of.
      if (context.signal.aborted) return result();
      if (!(error instanceof ChatFailure)) throw error;
      const next = models[index + 1];
      if (next === undefined || !mayFallBack(error, run)) throw toHandlerError(withEarlier(error, fallbacks), result());
      fallbacks.push(passedOver(model, error));
      announceFallback(context, { from: model, to: next, failure: error });
    }
  }
  throw new Error('a chat input names at least one model');
}

async function askModel(run: ChatRun, model: string, answer: Answer): Promise<void> {
  const { input, provider, context, clock, maxBytes } = run;
  const sentAtMs = clock.monotonicMs();
  const onPart = (part: ChatPart) => {
    if (part.kind === 'thinking' && !provider.countThinking) return;
    const first = answer.firstTokenMs === null;
    if (first) answer.firstTokenMs = Math.round(clock.monotonicMs() - sentAtMs);
    reportEvidence(part, first, context);
  };
  const body = chatRequestBody(input, model, provider);
  await callModel({ provider, body, answer, onPart, maxBytes, signal: context.signal });
}

function reportEvidence(part: ChatPart, first: boolean, context: HandlerContext): void {
  if (part.kind === 'text' || part.kind === 'refusal') {
    context.output(part.text, 'text');
    return;
  }
  // Thinking and tool calls are not output to show, but the first token of them stops the first-output clock.
  if (first) context.output('', 'text');
  context.activity('token');
}

/** A second model gets what remains of the attempt, never time of its own. */
function mayFallBack(failure: ChatFailure, { context, clock }: ChatRun): boolean {
  return failure.fallsBack && clock.wallMs() < context.deadline();
}

function passedOver(model: string, { code, message, retryAfterMs }: ChatFailure): PassedOver {
  return { model, code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** The last failure, with those before it named. The attempt is worth repeating as soon as one of the models is back. */
function withEarlier(last: ChatFailure, earlier: readonly PassedOver[]): ChatFailure {
  if (earlier.length === 0) return last;
  const list = earlier.map(({ model, code }) => `${model} (${code})`).join(', ');
  const waits = [...earlier, last].flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  return new ChatFailure(
    last.code,
    `${last.message}; before it ${list}`,
    waits.length === 0 ? undefined : Math.min(...waits),
  );
}

function announceFallback(
  context: HandlerContext,
  { from, to, failure }: { from: string; to: string; failure: ChatFailure },
): void {
  context.log.warn(
    { from, to, code: failure.code, reason: failure.message },
    'model failed, going on with the next one',
  );
  context.progress({ model: to, after: from, code: failure.code });
}
