import type { ChatInput, JobId } from '@leeway/contract';
import type { Providers } from '@leeway/queue';
import { systemClock, type Clock } from '@leeway/runtime';
import type { Handler, HandlerContext } from '../handler.js';
import { askModels } from './ask-models.js';
import type { CallLimits } from './call-limit.js';
import { callModel } from './call-model.js';
import type { ChatSession } from './call-with-retries.js';
import { ChatFailure, toHandlerError } from './chat-errors.js';
import { chatRequestBody, readChatInput } from './chat-request.js';
import type { ChatPart } from './completion-chunk.js';
import { ModelAnswer } from './model-answer.js';
import { findProvider, type Provider, type ProviderSource } from './provider.js';
import { NO_PUBLISHER, outcomePublisher, type OutcomePublisher } from './publish-call-outcomes.js';
import { AttemptTime } from './remaining-time.js';

export interface ChatHandlerOptions extends ProviderSource {
  /** Default: the machine's. */
  clock?: Clock;
  /** 0 to 1, for the jitter of pauses. Default: Math.random. */
  random?: () => number;
  /** The circuits that all workers share; called for each job. Absent: there are none. */
  providers?: () => Providers;
}

/** One chat job on one worker. */
interface ChatRun {
  readonly input: ChatInput;
  readonly provider: Provider;
  readonly context: HandlerContext;
  readonly clock: Clock;
  /** Most bytes of an answer. */
  readonly maxBytes: number;
  readonly publisher: OutcomePublisher;
}

/**
 * Runs jobs of the kind `chat` against servers that speak OpenAI's chat completions. Streams the answer, reports every token as
 * activity, and closes the connection when the attempt is aborted; the part that arrived before is the partial result. The
 * supervisor has the clocks for first output, silence and total time.
 */
export function createChatHandler(options: ChatHandlerOptions): Handler {
  const { policy, env, constants, clock = systemClock } = options;
  return {
    kind: 'chat',
    async run(rawInput, context) {
      try {
        const input = readChatInput(rawInput);
        const provider = findProvider(input.provider, { policy, env, constants });
        const publisher = publisherFor(provider.name, context, options);
        const maxBytes = policy.retention.resultBytes;
        const session = newSession({ input, provider, context, clock, maxBytes, publisher }, options);
        return await askModels(session, [input.model, ...(input.fallback ?? [])]);
      } catch (error) {
        throw error instanceof ChatFailure ? toHandlerError(error) : error;
      }
    },
  };
}

/** Time that a call waits for its outcome to be published; that is never on the critical path. */
const PUBLISH_TIMEOUT_MS = 250;

function publisherFor(provider: string, context: HandlerContext, options: ChatHandlerOptions): OutcomePublisher {
  const providers = options.providers?.();
  if (providers === undefined) return NO_PUBLISHER;
  return outcomePublisher({
    providers,
    provider,
    job: context.jobId as JobId,
    log: context.log,
    timeoutMs: PUBLISH_TIMEOUT_MS,
  });
}

function newSession(run: ChatRun, { random = Math.random }: ChatHandlerOptions): ChatSession {
  const { input, provider, context, clock, publisher, maxBytes } = run;
  const inputFor = (model: string): ChatInput => ({ ...input, model });
  return {
    ...{ provider, context, clock, publisher, random },
    time: new AttemptTime({ context, clock, inputFor, minShare: provider.minRemainingShare }),
    newAnswer: (model) => new ModelAnswer({ model, maxBytes }),
    call: (model, answer, limits) => callOnce(run, { model, answer, limits }),
    retries: [],
    reached: false,
  };
}

interface Call {
  readonly model: string;
  readonly answer: ModelAnswer;
  readonly limits: CallLimits;
}

async function callOnce(run: ChatRun, { model, answer, limits }: Call): Promise<void> {
  const { input, provider, context, clock, maxBytes, publisher } = run;
  const sentAtMs = clock.monotonicMs();
  let isFirst = true;
  const onPart = (part: ChatPart) => {
    if (isFirst) publisher.firstToken();
    isFirst = false;
    if (part.kind === 'thinking' || part.kind === 'tool') context.streamPart(part);
    if (part.kind === 'thinking' && !provider.countThinking) return;
    const isFirstOutput = answer.firstTokenMs === null;
    if (isFirstOutput) answer.firstTokenMs = Math.round(clock.monotonicMs() - sentAtMs);
    reportActivity(part, isFirstOutput, context);
  };
  const body = chatRequestBody(input, model, provider);
  await callModel({ provider, body, answer, onPart, maxBytes, clock, limits, signal: context.signal });
}

function reportActivity(part: ChatPart, isFirstOutput: boolean, context: HandlerContext): void {
  if (part.kind === 'text' || part.kind === 'refusal') {
    context.output(part.text, 'text');
    return;
  }
  // Thinking and tool calls are not shown as output, but the first token of them stops the first-output clock.
  if (isFirstOutput) context.output('', 'text');
  context.activity();
}
