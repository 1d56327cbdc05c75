import type { ChatInput, JobId } from '@leeway/contract';
import type { Providers } from '@leeway/queue';
import { systemClock, type Clock } from '@leeway/runtime';
import type { Handler, HandlerContext } from '../handler.js';
import { Answer } from './answer.js';
import { askModels } from './ask-models.js';
import { AttemptTime } from './attempt-time.js';
import type { CallLimits } from './call-limit.js';
import { callModel } from './call-model.js';
import { ChatFailure, toHandlerError } from './chat-errors.js';
import { chatRequestBody, readChatInput } from './chat-request.js';
import type { ChatPart } from './completion-chunk.js';
import { NO_REPORTS, sharedReports, type CallReports } from './publish-call-outcomes.js';
import { findProvider, type Provider, type ProviderSource } from './provider.js';
import type { ChatSession } from './call-with-retries.js';

export interface ChatHandlerOptions extends ProviderSource {
  /** Default: the machine's. */
  clock?: Clock;
  /** 0 to 1, for the jitter of pauses. Default: chance. */
  random?: () => number;
  /** Where all workers learn how the providers stand; asked for when a job runs. Absent: this worker is alone. */
  providers?: () => Providers;
}

/** One chat job on one worker. */
interface ChatRun {
  readonly input: ChatInput;
  readonly provider: Provider;
  readonly context: HandlerContext;
  readonly clock: Clock;
  /** Bytes of an answer at most. */
  readonly maxBytes: number;
  readonly reports: CallReports;
}

/**
 * Runs jobs of the kind `chat` against servers that speak OpenAI's chat completions. Streams the answer, reports every
 * token as evidence of progress, and closes the connection when the attempt is aborted; what had come by then is the
 * partial result. First output, silence and total time are the supervisor's to watch.
 */
export function createChatHandler(options: ChatHandlerOptions): Handler {
  const { policy, env, clock = systemClock } = options;
  return {
    kind: 'chat',
    async run(rawInput, context) {
      try {
        const input = readChatInput(rawInput);
        const provider = findProvider(input.provider, { policy, env });
        const reports = reportsOf(provider.name, context, options);
        const maxBytes = policy.retention.resultBytes;
        const talk = talkOf({ input, provider, context, clock, maxBytes, reports }, options);
        return await askModels(talk, [input.model, ...(input.fallback ?? [])]);
      } catch (error) {
        throw error instanceof ChatFailure ? toHandlerError(error) : error;
      }
    },
  };
}

function reportsOf(provider: string, context: HandlerContext, options: ChatHandlerOptions): CallReports {
  const providers = options.providers?.();
  if (providers === undefined) return NO_REPORTS;
  const timeoutMs = options.policy.estimator.readTimeoutMs;
  return sharedReports({ providers, provider, job: context.jobId as JobId, log: context.log, timeoutMs });
}

function talkOf(run: ChatRun, { random = Math.random }: ChatHandlerOptions): ChatSession {
  const { input, provider, context, clock, reports, maxBytes } = run;
  const inputFor = (model: string): ChatInput => ({ ...input, model });
  return {
    ...{ provider, context, clock, reports, random },
    time: new AttemptTime({ context, clock, inputFor, minShare: provider.minRemainingShare }),
    newAnswer: (model) => new Answer({ model, maxBytes }),
    call: (model, answer, limits) => askModel(run, { model, answer, limits }),
    repeated: [],
    reached: false,
  };
}

interface Call {
  readonly model: string;
  readonly answer: Answer;
  readonly limits: CallLimits;
}

async function askModel(run: ChatRun, { model, answer, limits }: Call): Promise<void> {
  const { input, provider, context, clock, maxBytes, reports } = run;
  const sentAtMs = clock.monotonicMs();
  let silent = true;
  const onPart = (part: ChatPart) => {
    if (silent) reports.spoke();
    silent = false;
    if (part.kind === 'thinking' || part.kind === 'tool') context.heard(part);
    if (part.kind === 'thinking' && !provider.countThinking) return;
    const first = answer.firstTokenMs === null;
    if (first) answer.firstTokenMs = Math.round(clock.monotonicMs() - sentAtMs);
    reportEvidence(part, first, context);
  };
  const body = chatRequestBody(input, model, provider);
  await callModel({ provider, body, answer, onPart, maxBytes, clock, limits, signal: context.signal });
}

function reportEvidence(part: ChatPart, first: boolean, context: HandlerContext): void {
  if (part.kind === 'text' || part.kind === 'refusal') {
    context.output(part.text, 'text');
    return;
  }
  // Thinking and tool calls are not output to show, but the first token of them stops the first-output clock.
  if (first) context.output('', 'text');
  context.activity();
}
