import type { JobRecord } from '@leeway/queue';
import { HandlerError } from '@leeway/supervision';
import type { Handler } from '../handlers/handler.js';
import type { WorkerContext } from '../worker/worker-context.js';

/**
 * The handler of an attempt. A job that has lost several workers may be the cause: its code runs in a child process then,
 * and not in the worker.
 */
export function selectHandler(
  { kind, record }: { kind: string; record: JobRecord },
  { handlers, policy }: Pick<WorkerContext, 'handlers' | 'policy'>,
): Handler {
  const handler = handlers.get(kind) ?? unknown(kind);
  const { isolateAfterLosses } = policy.limits;
  const losses = record.number('losses') ?? 0;
  return isolateAfterLosses > 0 && losses >= isolateAfterLosses ? (handler.isolated ?? handler) : handler;
}

function unknown(kind: string): Handler {
  return {
    kind,
    run: () => Promise.reject(new HandlerError('unknown_kind', `This worker has no handler of the kind "${kind}".`)),
  };
}
