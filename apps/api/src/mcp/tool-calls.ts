import type { JobEvent } from '@leeway/contract';
import { callWithParams, type ProtocolClient } from '../calls/call-with-params.js';
import { CALL_OVER } from '../calls/call-end.js';
import { jobEvents } from '../routes/jobs/job-events.js';
import type { ToolCall } from './tool.js';

export interface ToolClient extends ProtocolClient {
  /** Aborts when the client has disconnected. */
  signal: AbortSignal;
  progress: ((message: string) => void) | undefined;
}

/** The calls of one run of a tool. */
export function toolCall(client: ToolClient): ToolCall {
  const { services, signal, progress } = client;
  return {
    policy: services.policy,
    bounds: services.bounds,
    progress,
    async call(route, params) {
      const controller = abortedWith(signal);
      try {
        return (await callWithParams(route, { params, controller }, client)).json;
      } finally {
        controller.abort(CALL_OVER);
      }
    },
    async *follow({ id, forMs }): AsyncGenerator<JobEvent> {
      const controller = abortedWith(signal);
      const timer = setTimeout(() => controller.abort(CALL_OVER), forMs);
      const sinceMs = services.clock.wallMs();
      const params = { id };
      try {
        const { events } = await callWithParams(jobEvents, { params, controller }, client);
        for await (const event of events ?? []) if (Date.parse(event.at) >= sinceMs) yield event;
      } finally {
        clearTimeout(timer);
        controller.abort(CALL_OVER);
      }
    },
  };
}

function abortedWith(signal: AbortSignal): AbortController {
  const controller = new AbortController();
  if (signal.aborted) controller.abort(CALL_OVER);
  else signal.addEventListener('abort', () => controller.abort(CALL_OVER), { once: true, signal: controller.signal });
  return controller;
}
