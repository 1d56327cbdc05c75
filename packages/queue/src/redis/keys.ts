import type { Policy, Submission } from '@leeway/contract';

/** Prefix of every key; the braces put all of them into one slot of a cluster. */
export const PREFIX = '{leeway}';
/** Prefix of BullMQ's own keys, in the same slot. */
export const BULL_PREFIX = '{leeway}:bull';

/** One part of a key, encoded: whatever a caller sends, it cannot reach into the next part. */
export function keyPart(text: string): string {
  return encodeURIComponent(text).replaceAll('*', '%2A');
}

/** The BullMQ queue of a job: one for each kind, and for `chat` one for each provider. */
export function queueName(submission: Pick<Submission, 'kind' | 'input'>, policy: Policy): string {
  if (submission.kind !== 'chat') return submission.kind;
  const named = (submission.input as { provider?: string }).provider;
  return chatQueue(named ?? Object.keys(policy.providers)[0] ?? 'none');
}

const CHAT = 'chat.';

export function chatQueue(provider: string): string {
  return `${CHAT}${keyPart(provider)}`;
}

/** The provider of the jobs in a queue; undefined: they need none. */
export function providerOf(queue: string): string | undefined {
  return queue.startsWith(CHAT) ? decodeURIComponent(queue.slice(CHAT.length)) : undefined;
}
