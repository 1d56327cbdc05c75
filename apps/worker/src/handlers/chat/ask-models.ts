import type { Deferral } from '@leeway/supervision';
import type { HandlerContext } from '../handler.js';
import type { ChatResult } from './answer.js';
import { toHandlerError, type ChatErrorCode, type ChatFailure } from './chat-errors.js';
import { callWithRetries, isOpen, type Asked, type Repeated, type ChatSession } from './call-with-retries.js';

/** A model of the list that failed before the one that answered. */
export interface PassedOver {
  readonly model: string;
  readonly code: ChatErrorCode;
  readonly message: string;
  readonly retryAfterMs?: number;
}

export type TalkResult = ChatResult & { fallbacks?: readonly PassedOver[]; retries?: readonly Repeated[] };

/** The models of the list one after the other, within the one deadline of the attempt, until one has answered. */
export async function askModels(talk: ChatSession, models: readonly string[]): Promise<TalkResult> {
  const fallbacks: PassedOver[] = [];
  for (const [index, model] of models.entries()) {
    if (index > 0) talk.context.callBudget?.between(false);
    const next = models[index + 1];
    const asked = await callWithRetries(talk, model, next !== undefined);
    const result = () => resultOf(asked, talk, fallbacks);
    const { failure } = asked;
    if (failure === undefined) return result();
    const verdict = await nextStep(talk, asked, failure, next);
    if (verdict !== 'fallback' || next === undefined) {
      const last = withEarlier(failure, fallbacks, verdict === 'no_time' ? next : undefined);
      throw toHandlerError(last, { result: result(), deferral: await putBackFor(talk, failure, { asked, fallbacks }) });
    }
    fallbacks.push(passedOver(model, failure));
    announceFallback(talk.context, { from: model, to: next, failure });
  }
  throw new Error('a chat input names at least one model');
}

function resultOf({ answer }: Asked, { repeated }: ChatSession, fallbacks: readonly PassedOver[]): TalkResult {
  return {
    ...answer.result(),
    ...(fallbacks.length === 0 ? {} : { fallbacks }),
    ...(repeated.length === 0 ? {} : { retries: repeated }),
  };
}

/**
 * A second model gets what remains of the attempt, never time of its own. Once a word was shown no other model follows in this
 * attempt: its answer would be mixed with that word. A provider that answers, if only with an error, may do better with another
 * model, also when this failure has opened its circuit.
 */
async function nextStep(
  talk: ChatSession,
  { answer, circuit }: Asked,
  failure: ChatFailure,
  next: string | undefined,
): Promise<'fallback' | 'end' | 'no_time'> {
  if (next === undefined || !failure.fallsBack || !answer.empty) return 'end';
  if (isOpen(circuit) && failure.code === 'provider_unreachable') return 'end';
  return (await talk.time.hasRoomFor(next, 0)) ? 'fallback' : 'no_time';
}

/** Whether the job goes back into its queue, since the provider takes no calls and the job had no chance. */
async function putBackFor(
  talk: ChatSession,
  failure: ChatFailure,
  { asked, fallbacks }: { asked: Asked; fallbacks: readonly PassedOver[] },
): Promise<Deferral | undefined> {
  const { provider, reports } = talk;
  const deferral = (counts: boolean): Deferral => ({ provider: provider.name, counts, most: provider.maxPutBacks });
  if (failure.code === 'usage_limit' && fallbacks.every(({ code }) => code === 'usage_limit')) {
    // As soon as one of the models can be asked again.
    const waits = [...fallbacks, failure].flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
    await reports.quotaExhausted(waits.length === 0 ? undefined : Math.min(...waits), failure.brief);
    return deferral(true);
  }
  if (!isOpen(asked.circuit)) return undefined;
  if (!talk.reached) return deferral(false);
  return reports.isProbe && failure.fallsBack ? deferral(true) : undefined;
}

function passedOver(model: string, { code, message, retryAfterMs }: ChatFailure): PassedOver {
  return { model, code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** The last failure, with those before it named. The attempt is worth repeating as soon as one of the models is back. */
function withEarlier(last: ChatFailure, earlier: readonly PassedOver[], notStarted: string | undefined): ChatFailure {
  const before = earlier.map(({ model, code }) => `${model} (${code})`).join(', ');
  const waits = [...earlier, last].flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  const message = [
    last.message,
    ...(earlier.length === 0 ? [] : [`before it ${before}`]),
    ...(notStarted === undefined ? [] : [`too little of the attempt remained for ${notStarted}`]),
  ].join('; ');
  return last.reworded(message, waits.length === 0 ? undefined : Math.min(...waits));
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
