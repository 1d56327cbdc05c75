import { isTrusted, webhookRefusal, type Policy } from '@leeway/contract';
import { type Delivery, type DeliveryResult, jobView } from '@leeway/queue';
import { deliveryBody } from './delivery-body.js';
import { post } from './post.js';
import { publicLookup, type Resolve } from './public-lookup.js';
import { signature } from './signature.js';

export interface DeliveryParts {
  policy: Policy;
  /** The worker's environment, where the secret is. */
  env: Readonly<Record<string, string | undefined>>;
  wallMs: () => number;
  /** How names are looked up; absent: in DNS. */
  resolve?: Resolve;
}

/** The receiver says that it will never take it. */
const GONE = 410;

/** Tells one webhook, once. Never throws: what went wrong is in the result, without the address and without the secret. */
export async function deliver(delivery: Delivery, parts: DeliveryParts): Promise<DeliveryResult> {
  const { webhooks } = parts.policy;
  try {
    const url = new URL(delivery.url);
    const refusal = webhookRefusal(url, webhooks);
    if (refusal !== undefined) return { ok: false, error: `the policy does not allow it: ${refusal}`, isFinal: true };
    const body = deliveryBody(delivery.id, jobView(delivery.record), webhooks.bodyBytes);
    const status = await post({
      url,
      body,
      headers: { ...headersOf(delivery), ...signed(body, parts) },
      timeoutMs: webhooks.timeoutMs,
      answerBytes: webhooks.answerBytes,
      ...(isTrusted(url, webhooks) ? {} : { lookup: publicLookup(parts.resolve) }),
    });
    return judged(status);
  } catch (error) {
    return { ok: false, error: (error as Error).message, isFinal: false };
  }
}

function headersOf({ id, attempt }: Delivery): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': 'leeway',
    'leeway-event': 'finished',
    'leeway-delivery': id,
    'leeway-attempt': String(attempt),
  };
}

/** Throws an Error where a signature is wanted and this worker has no secret: unsigned it would be refused, or believed. */
function signed(body: string, { policy, env, wallMs }: DeliveryParts): Record<string, string> {
  const { secretEnv } = policy.webhooks;
  if (secretEnv === undefined) return {};
  const secret = env[secretEnv] ?? '';
  if (secret === '') throw new Error(`the environment variable ${secretEnv} is not set on the worker`);
  return { 'leeway-signature': signature(body, secret, wallMs()) };
}

function judged(status: number): DeliveryResult {
  if (status >= 200 && status < 300) return { ok: true };
  const redirect = status >= 300 && status < 400 ? '; redirects are not followed' : '';
  return { ok: false, error: `it answered ${status}${redirect}`, isFinal: status === GONE };
}
