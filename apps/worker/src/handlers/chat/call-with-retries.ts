import { setTimeout as sleep } from 'node:timers/promises';
import type { Circuit } from '@leeway/queue';
import type { Clock } from '@leeway/runtime';
import type { HandlerContext } from '../handler.js';
import type { Answer } from './answer.js';
import type { AttemptTime } from './attempt-time.js';
import { ChatFailure, type ChatErrorCode } from './chat-errors.js';
import type { CallLimits } from './call-limit.js';
import type { CallReports } from './publish-call-outcomes.js';
import type { Provider } from './provider.js';
import { Step } from './step.js';

/** A call that failed before anything was said, and was made again. */
export interface Repeated {
  readonly model: string;
  readonly code: ChatErrorCode;
  /** What was waited before the next call, in ms. */
  readonly waitMs: number;
}

/** The calls of one chat job on one worker, and what they have come to. */
export interface ChatSession {
  readonly provider: Provider;
  readonly context: HandlerContext;
  readonly clock: Clock;
  readonly reports: CallReports;
  readonly time: AttemptTime;
  /** 0 to 1, for the jitter. */
  readonly random: () => number;
  newAnswer(model: string): Answer;
  /** One call. Throws ChatFailure; what had come by then is in the answer. */
  call(model: string, answer: Answer, limits: CallLimits): Promise<void>;
  readonly repeated: Repeated[];
  /** A connection to the provider came about at least once. */
  reached: boolean;
}

/** What became of one model. Without a failure: it answered, or the attempt was aborted. */
export interface Asked {
  readonly answer: Answer;
  readonly failure?: ChatFailure;
  readonly circuit?: Circuit | undefined;
}

interface Failed {
  readonly model: string;
  readonly failure: ChatFailure;
  readonly answer: Answer;
  readonly circuit: Circuit | undefined;
  /** Repetitions before this one. */
  readonly repetitions: number;
  /** Another model could be asked instead. */
  readonly hasNext: boolean;
  readonly step: Step;
}

/**
 * Asks one model, and again while that makes sense: the failure may pass, nothing was said, the provider takes calls, and the
 * wait fits into what remains of the attempt. What was said has been shown already; a second answer would be mixed with it, so
 * then only another attempt begins anew.
 */
export async function callWithRetries(talk: ChatSession, model: string, hasNext: boolean): Promise<Asked> {
  const { context, reports } = talk;
  const step = new Step(talk);
  for (let repetitions = 0; ; repetitions += 1) {
    const answer = talk.newAnswer(model);
    const sentAtMs = talk.clock.monotonicMs();
    try {
      await talk.call(model, answer, step.limits());
      reports.answered();
      return { answer };
    } catch (error) {
      // The abort closed the connection, and that is what the call died of.
      if (context.signal.aborted) {
        tellOfSilence(talk, answer, talk.clock.monotonicMs() - sentAtMs);
        return { answer };
      }
      if (!(error instanceof ChatFailure)) throw error;
      talk.reached ||= error.reached;
      const circuit = await reports.failed(error);
      const failed = { model, failure: error, answer, circuit, repetitions, hasNext, step };
      const waitMs = await waitBeforeNext(talk, failed);
      if (waitMs === null || context.signal.aborted) return { answer, failure: error, circuit };
      if (!(await waitToRepeat(talk, failed, waitMs))) return { answer: talk.newAnswer(model) };
    }
  }
}

/** In ms; null: the call is not repeated. */
async function waitBeforeNext(talk: ChatSession, failed: Failed): Promise<number | null> {
  const { failure, answer, circuit, repetitions, hasNext, model, step } = failed;
  const { retryBackoffMs, maxRetryBackoffMs } = talk.provider;
  if (!failure.repeats || repetitions >= step.retries || !answer.empty || isOpen(circuit)) return null;
  const askedMs = Math.max(failure.retryAfterMs ?? 0, circuit?.waitMs ?? 0);
  // Somebody who waits would rather have the other model now.
  if (hasNext && askedMs > maxRetryBackoffMs) return null;
  const longestMs = Math.min(2 * retryBackoffMs * 2 ** repetitions, maxRetryBackoffMs);
  // After the time that was asked for, so that not everybody comes back in the same moment.
  const waitMs = Math.round(askedMs + longestMs * talk.random());
  return step.hasRoomAfter(waitMs) && (await talk.time.hasRoomFor(model, waitMs)) ? waitMs : null;
}

/** No call is to be made now. */
export function isOpen(circuit: Circuit | undefined): boolean {
  return circuit !== undefined && circuit.state !== 'closed' && circuit.state !== 'held';
}

/** False: the attempt was aborted meanwhile. */
async function waitToRepeat(
  talk: ChatSession,
  { model, failure, repetitions, step }: Failed,
  waitMs: number,
): Promise<boolean> {
  const { context } = talk;
  const { code, message } = failure;
  context.log.warn({ model, code, waitMs, reason: message }, 'call failed, repeating it after a pause');
  context.progress({ model, repeat: repetitions + 1, of: step.retries, code, waitMs });
  context.callBudget?.between(true);
  await sleep(waitMs, undefined, { signal: context.signal }).catch(() => undefined);
  context.callBudget?.between(false);
  if (context.signal.aborted) return false;
  talk.repeated.push({ model, code, waitMs });
  return true;
}

function tellOfSilence(talk: ChatSession, answer: Answer, silentMs: number): void {
  const { cause } = talk.context.signal.reason as { cause?: unknown };
  if (cause !== 'first_output' || !answer.empty || silentMs < talk.provider.patienceMs) return;
  talk.reports.silent(`no word of the model for ${Math.round(silentMs)} ms`);
}
