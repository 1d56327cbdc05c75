import type { JobEvent } from '@leeway/contract';
import { callRoute, type Caller } from '../calls/call-route.js';
import { jobEvents } from '../routes/jobs/job-events.js';
import { OVER } from '../calls/run-route.js';
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
        return (await callRoute(route, { params, gone }, asking)).json;
      } finally {
        gone.abort(OVER);
      }
    },
    async *follow({ id, forMs }): AsyncGenerator<JobEvent> {
      const gone = goneWith(signal);
      const timer = setTimeout(() => gone.abort(OVER), forMs);
      // The id of an event begins with the time of its happening.
      const params = { id, after: String(services.clock.wallMs()) };
      try {
        const { events } = await callRoute(jobEvents, { params, gone }, asking);
        if (events !== undefined) yield* events;
      } finally {
        clearTimeout(timer);
        gone.abort(OVER);
      }
    },
  };
}

function goneWith(signal: AbortSignal): AbortController {
  const gone = new AbortController();
  if (signal.aborted) gone.abort(OVER);
  else signal.addEventListener('abort', () => gone.abort(OVER), { once: true, signal: gone.signal });
  return gone;
}
