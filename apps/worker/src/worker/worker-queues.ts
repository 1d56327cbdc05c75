import type { Policy } from '@leeway/contract';
import { chatQueue } from '@leeway/queue';

/** A queue that a worker takes jobs from. */
export interface WorkerQueue {
  queue: string;
  /** Jobs of it that run at once in one worker. */
  concurrency: number;
  /** The provider whose jobs it holds; absent: its jobs need none. */
  provider?: string;
}

/** The queues of a worker with handlers for these kinds: one for each kind, and for chat one for each provider. */
export function workerQueues(kinds: readonly string[], policy: Policy): WorkerQueue[] {
  return kinds.flatMap((kind): WorkerQueue[] =>
    kind === 'chat'
      ? Object.entries(policy.providers).map(([provider, { concurrency }]) => ({
          queue: chatQueue(provider),
          concurrency,
          provider,
        }))
      : [{ queue: kind, concurrency: policy.worker.concurrency }],
  );
}
