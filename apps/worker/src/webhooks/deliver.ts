import { createHmac } from 'node:crypto';
import { isTrusted, webhookRefusal, type Policy } from '@leeway/contract';
import { type Delivery, type DeliveryResult, jobView } from '@leeway/queue';
import { deliveryBody } from './delivery-body.js';
import { post } from './post.js';
import { publicLookup, type Resolve } from './public-lookup.js';

export interface DeliveryParts {
  policy: Policy;
  /** The worker's environment, which holds the secret. */
  env: Readonly<Record<string, string | undefined>>;
  wallMs: () => number;
  /** Resolves host names. Absent: DNS. */
  resolve?: Resolve;
}

/** Largest body: what most receivers accept. Of a larger one result, progress, input, attempts and metadata are left out as far as needed. */
const BODY_BYTES = 256 * 1024;
/** Bytes of a response that are read, and thrown away: only its status counts. */
const ANSWER_BYTES = 16 * 1024;
/** The receiver refuses this delivery for good. */
const GONE = 410;

/** One try of a delivery. Never throws: the result has the reason of a failure, without the address and without the secret. */
export async function deliver(delivery: Delivery, parts: DeliveryParts): Promise<DeliveryResult> {
  const { webhooks } = parts.policy;
  try {
    const url = new URL(delivery.url);
    const refusal = webhookRefusal(url, webhooks);
    if (refusal !== undefined) return { ok: false, error: `the policy does not allow it: ${refusal}`, isFinal: true };
    const body = deliveryBody(delivery.id, jobView(delivery.record), BODY_BYTES);
    const status = await post({
      url,
      body,
      headers: { ...headersOf(delivery), ...signatureHeader(body, parts) },
      timeoutMs: webhooks.timeoutMs,
      answerBytes: ANSWER_BYTES,
      ...(isTrusted(url, webhooks) ? {} : { lookup: publicLookup(parts.resolve) }),
    });
    return resultOf(status);
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

/** Throws an Error where the policy requires a signature and this worker has no secret. */
function signatureHeader(body: string, { policy, env, wallMs }: DeliveryParts): Record<string, string> {
  const { secretEnv } = policy.webhooks;
  if (secretEnv === undefined) return {};
  const secret = env[secretEnv] ?? '';
  if (secret === '') throw new Error(`the environment variable ${secretEnv} is not set on the worker`);
  return { 'leeway-signature': signature(body, secret, wallMs()) };
}

/**
 * The value of the header `Leeway-Signature`: the time in seconds, and HMAC-SHA256 over `<t>.<body>`. The time is a part of the
 * signed text, so that an old delivery cannot be replayed.
 */
export function signature(body: string, secret: string, nowMs: number): string {
  const t = Math.floor(nowMs / 1_000);
  const mac = createHmac('sha256', secret).update(`${t}.${body}`).digest('hex');
  return `t=${t},v1=${mac}`;
}

function resultOf(status: number): DeliveryResult {
  if (status >= 200 && status < 300) return { ok: true };
  const redirect = status >= 300 && status < 400 ? '; redirects are not followed' : '';
  return { ok: false, error: `it answered ${status}${redirect}`, isFinal: status === GONE };
}
