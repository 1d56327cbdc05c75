import type { JobEvent } from '@leeway/contract';
import { callWithParams, type Caller } from '../calls/call-with-params.js';
import { jobEvents } from '../routes/jobs/job-events.js';
import { CALL_OVER } from '../calls/run-call.js';
import type { ToolCall } from './tool.js';

export interface Asking extends Caller {
  /** Fires when the client has gone. */
  signal: AbortSignal;
  progress: ((message: string) => void) | undefined;
}

/** What a tool does, as calls of the API. */
export function toolCall(asking: Asking): ToolCall {
  const { services, signal, progress } = asking;
  return {
    policy: services.policy,
    progress,
    async call(route, params) {
      const gone = goneWith(signal);
      try {
        return (await callWithParams(route, { params, gone }, asking)).json;
      } finally {
        gone.abort(CALL_OVER);
      }
    },
    async *follow({ id, forMs }): AsyncGenerator<JobEvent> {
      const gone = goneWith(signal);
      const timer = setTimeout(() => gone.abort(CALL_OVER), forMs);
      // The id of an event begins with the time of its happening.
      const params = { id, after: String(services.clock.wallMs()) };
      try {
        const { events } = await callWithParams(jobEvents, { params, gone }, asking);
        if (events !== undefined) yield* events;
      } finally {
        clearTimeout(timer);
        gone.abort(CALL_OVER);
      }
    },
  };
}

function goneWith(signal: AbortSignal): AbortController {
  const gone = new AbortController();
  if (signal.aborted) gone.abort(CALL_OVER);
  else signal.addEventListener('abort', () => gone.abort(CALL_OVER), { once: true, signal: gone.signal });
  return gone;
}
