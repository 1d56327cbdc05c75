import { setTimeout as sleep } from 'node:timers/promises';
import type { Circuit } from '@leeway/queue';
import type { Clock } from '@leeway/runtime';
import type { HandlerContext } from '../handler.js';
import type { CallLimits } from './call-limit.js';
import { ChatFailure, type ChatErrorCode } from './chat-errors.js';
import type { ModelAnswer } from './model-answer.js';
import type { Provider } from './provider.js';
import type { OutcomePublisher } from './publish-call-outcomes.js';
import { ModelStep, type AttemptTime } from './remaining-time.js';

/** A failed call that was made again. */
export interface Retry {
  readonly model: string;
  readonly code: ChatErrorCode;
  /** The pause before the next call. */
  readonly waitMs: number;
}

/** All calls of one chat job on one worker. */
export interface ChatSession {
  readonly provider: Provider;
  readonly context: HandlerContext;
  readonly clock: Clock;
  readonly publisher: OutcomePublisher;
  readonly time: AttemptTime;
  /** 0 to 1, for the jitter. */
  readonly random: () => number;
  newAnswer(model: string): ModelAnswer;
  /** One call. Throws ChatFailure; the part that arrived before it is in the answer. */
  call(model: string, answer: ModelAnswer, limits: CallLimits): Promise<void>;
  readonly retries: Retry[];
  /** At least one call reached the provider. */
  reached: boolean;
}

/** The outcome of the calls to one model. Without a failure: it answered, or the attempt was aborted. */
export interface CallOutcome {
  readonly answer: ModelAnswer;
  readonly failure?: ChatFailure;
  readonly circuit?: Circuit | undefined;
}

interface FailedCall {
  readonly model: string;
  readonly failure: ChatFailure;
  readonly answer: ModelAnswer;
  readonly circuit: Circuit | undefined;
  /** Retries before this call. */
  readonly retries: number;
  /** Another model could be called instead. */
  readonly hasNext: boolean;
  readonly step: ModelStep;
}

/**
 * Calls one model, and again while all of this holds: the failure may pass, no token has arrived, the circuit is closed, and the
 * pause fits into the remaining time. Tokens are shown as they arrive, and a second answer would be mixed with them: after a
 * token only another attempt can start over.
 */
export async function callWithRetries(session: ChatSession, model: string, hasNext: boolean): Promise<CallOutcome> {
  const { context, publisher, clock } = session;
  const step = new ModelStep(session);
  for (let retries = 0; ; retries += 1) {
    const answer = session.newAnswer(model);
    const sentAtMs = clock.monotonicMs();
    try {
      await session.call(model, answer, step.limits());
      publisher.answered();
      return { answer };
    } catch (error) {
      // The abort closed the connection, which ended the call.
      if (context.signal.aborted) {
        publishTimeout(session, answer, clock.monotonicMs() - sentAtMs);
        return { answer };
      }
      if (!(error instanceof ChatFailure)) throw error;
      session.reached ||= error.reached;
      const circuit = await publisher.failed(error);
      const failed = { model, failure: error, answer, circuit, retries, hasNext, step };
      const waitMs = await retryWaitMs(session, failed);
      if (waitMs === null || context.signal.aborted) return { answer, failure: error, circuit };
      if (!(await pauseBeforeRetry(session, failed, waitMs))) return { answer: session.newAnswer(model) };
    }
  }
}

/** The pause before the next call; null: there is none. */
async function retryWaitMs(session: ChatSession, failed: FailedCall): Promise<number | null> {
  const { failure, answer, circuit, retries, hasNext, model, step } = failed;
  const { retryBackoffMs, maxRetryBackoffMs } = session.provider;
  if (!failure.retryable || retries >= step.retries || !answer.empty || isOpen(circuit)) return null;
  const requestedMs = Math.max(failure.retryAfterMs ?? 0, circuit?.waitMs ?? 0);
  // An answer of another model now is worth more than one of this model after a long wait.
  if (hasNext && requestedMs > maxRetryBackoffMs) return null;
  const backoffMs = Math.min(2 * retryBackoffMs * 2 ** retries, maxRetryBackoffMs);
  // The jitter comes on top of the requested wait, so that callers do not return all in the same moment.
  const waitMs = Math.round(requestedMs + backoffMs * session.random());
  return step.hasRoomAfter(waitMs) && (await session.time.hasRoomFor(model, waitMs)) ? waitMs : null;
}

/** No call is admitted now. */
export function isOpen(circuit: Circuit | undefined): boolean {
  return circuit !== undefined && circuit.state !== 'closed' && circuit.state !== 'held';
}

/** False: the attempt was aborted meanwhile. */
async function pauseBeforeRetry(
  session: ChatSession,
  { model, failure, retries, step }: FailedCall,
  waitMs: number,
): Promise<boolean> {
  const { context } = session;
  const { code, message } = failure;
  context.log.warn({ model, code, waitMs, reason: message }, `call failed, next one in ${waitMs} ms`);
  context.progress({ model, retry: retries + 1, of: step.retries, code, waitMs });
  context.callBudget?.betweenCalls(true);
  await sleep(waitMs, undefined, { signal: context.signal }).catch(() => undefined);
  context.callBudget?.betweenCalls(false);
  if (context.signal.aborted) return false;
  session.retries.push({ model, code, waitMs });
  return true;
}

/** A first-output clock shorter than the policy's own does not count against the provider. */
function publishTimeout({ context, provider, publisher }: ChatSession, answer: ModelAnswer, waitedMs: number): void {
  const { cause } = context.signal.reason as { cause?: unknown };
  if (cause !== 'first_output' || !answer.empty || waitedMs < provider.firstOutputMs) return;
  publisher.timedOut(`no token within ${Math.round(waitedMs)} ms`);
}
