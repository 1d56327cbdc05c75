import type { Deferral } from '@leeway/supervision';
import type { HandlerContext } from '../handler.js';
import { callWithRetries, isOpen, type CallOutcome, type ChatSession, type Retry } from './call-with-retries.js';
import { toHandlerError, type ChatErrorCode, type ChatFailure } from './chat-errors.js';
import type { ChatResult } from './model-answer.js';

/** Deferrals of one job after its provider answered it: a job that is itself the reason must end, and not park the others again and again. */
const MAX_DEFERRALS = 10;

/** A model of the list that failed before the one that answered. */
export interface FailedModel {
  readonly model: string;
  readonly code: ChatErrorCode;
  readonly message: string;
  readonly retryAfterMs?: number;
}

export type SessionResult = ChatResult & { fallbacks?: readonly FailedModel[]; retries?: readonly Retry[] };

/** Calls the models of the list in order, within the one deadline of the attempt, until one has answered. */
export async function askModels(session: ChatSession, models: readonly string[]): Promise<SessionResult> {
  const fallbacks: FailedModel[] = [];
  for (const [index, model] of models.entries()) {
    if (index > 0) session.context.callBudget?.betweenCalls(false);
    const next = models[index + 1];
    const outcome = await callWithRetries(session, model, next !== undefined);
    const { failure } = outcome;
    const result = () => sessionResult(session, outcome, fallbacks);
    if (failure === undefined) return result();
    const step = await nextStep(session, { ...outcome, failure }, next);
    if (step !== 'fallback' || next === undefined) {
      const error = withEarlier(failure, fallbacks, step === 'no_time' ? next : undefined);
      const deferral = await deferralFor(session, { ...outcome, failure }, fallbacks);
      throw toHandlerError(error, { result: result(), deferral });
    }
    fallbacks.push(failedModel(model, failure));
    announceFallback(session.context, { from: model, to: next, failure });
  }
  throw new Error('a chat input names at least one model');
}

type FailedOutcome = CallOutcome & { readonly failure: ChatFailure };

function sessionResult(
  { retries }: ChatSession,
  { answer }: CallOutcome,
  fallbacks: readonly FailedModel[],
): SessionResult {
  return {
    ...answer.result(),
    ...(fallbacks.length === 0 ? {} : { fallbacks }),
    ...(retries.length === 0 ? {} : { retries }),
  };
}

/**
 * The next model gets the remaining time of the attempt. After a token no other model follows in this attempt: its answer would
 * be mixed with that token. A provider that answers, if only with an error, may do better with another model, also when this
 * failure has opened its circuit.
 */
async function nextStep(
  session: ChatSession,
  { answer, circuit, failure }: FailedOutcome,
  next: string | undefined,
): Promise<'fallback' | 'end' | 'no_time'> {
  if (next === undefined || !failure.fallsBack || !answer.empty) return 'end';
  if (isOpen(circuit) && failure.code === 'provider_unreachable') return 'end';
  return (await session.time.hasRoomFor(next, 0)) ? 'fallback' : 'no_time';
}

/** Requeues the job where the provider takes no calls and the job had no chance; undefined: the attempt fails. */
async function deferralFor(
  { provider, publisher, reached }: ChatSession,
  { failure, circuit }: FailedOutcome,
  fallbacks: readonly FailedModel[],
): Promise<Deferral | undefined> {
  const deferral = (counts: boolean): Deferral => ({ provider: provider.name, counts, most: MAX_DEFERRALS });
  if (failure.code === 'usage_limit' && fallbacks.every(({ code }) => code === 'usage_limit')) {
    await publisher.quotaExhausted(soonestMs([...fallbacks, failure]), failure.publicReason);
    return deferral(true);
  }
  if (!isOpen(circuit)) return undefined;
  if (!reached) return deferral(false);
  return publisher.isProbe && failure.fallsBack ? deferral(true) : undefined;
}

function failedModel(model: string, { code, message, retryAfterMs }: ChatFailure): FailedModel {
  return { model, code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** The last failure, with those before it in its message. */
function withEarlier(last: ChatFailure, earlier: readonly FailedModel[], notStarted: string | undefined): ChatFailure {
  const before = earlier.map(({ model, code }) => `${model} (${code})`).join(', ');
  const message = [
    last.message,
    ...(earlier.length === 0 ? [] : [`before it ${before}`]),
    ...(notStarted === undefined ? [] : [`too little of the attempt remained for ${notStarted}`]),
  ].join('; ');
  return last.reworded(message, soonestMs([...earlier, last]));
}

/** Until the first of the models can be called again. */
function soonestMs(failures: readonly Pick<FailedModel, 'retryAfterMs'>[]): number | undefined {
  const waits = failures.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  return waits.length === 0 ? undefined : Math.min(...waits);
}

function announceFallback(
  context: HandlerContext,
  { from, to, failure }: { from: string; to: string; failure: ChatFailure },
): void {
  context.log.warn({ from, to, code: failure.code, reason: failure.message }, 'model failed, calling the next one');
  context.progress({ model: to, after: from, code: failure.code });
}
