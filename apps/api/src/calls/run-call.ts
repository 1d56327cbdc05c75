import { readAs, type LeewayError } from '@leeway/contract';
import { REPLY_WITHIN_MS } from '@leeway/runtime';
import { RETRY_AFTER_S } from './bounds.js';
import { readQuery, type QueryValues } from './query-values.js';
import { ReplyDeadline } from './reply-deadline.js';
import type { Call, Reply, Route } from './route.js';
import type { Services } from './services.js';

/** What a protocol has received from an authorized client, before the schemas of the route have read it. */
export interface RawCall extends Pick<Call, 'params' | 'principal' | 'header'> {
  readonly query: QueryValues;
  /** The JSON value of the body, or a `TextBody`; undefined: there was none. */
  readonly body: unknown;
  /**
   * Aborted by the protocol when nobody reads the reply any more, and by the server when it stops. The protocol has to
   * abort it at the end of the reply: that releases what the call keeps open.
   */
  readonly controller: AbortController;
  /** Called when the route keeps the request open on purpose. */
  onKeptOpen?(): void;
}

/** Runs a call of any protocol: reads query and body, and bounds the time to the reply. Throws LeewayError. */
export async function runCall(route: Route, raw: RawCall, services: Services): Promise<Reply> {
  const { policy, open } = services;
  const { params, principal, header, onKeptOpen } = raw;
  const deadline = new ReplyDeadline(REPLY_WITHIN_MS, RETRY_AFTER_S);
  const call: Call = {
    ...{ params, principal, header },
    query: readQuery(raw.query, route.query(policy)),
    body: readBody(route, raw.body, services),
    get signal() {
      return raw.controller.signal;
    },
    writes: () => void (deadline.writing = true),
    keepOpen(extraMs) {
      const { controller } = raw;
      const release = open.take(controller);
      if (controller.signal.aborted) release();
      else controller.signal.addEventListener('abort', release, { once: true });
      onKeptOpen?.();
      deadline.extend(extraMs);
    },
  };
  return deadline.race(async () => route.handle(call, services));
}

function readBody({ body }: Route, value: unknown, services: Services): unknown {
  if (body === undefined) return undefined;
  try {
    return readAs(body.schema(services.policy), value === undefined && body.optional === true ? {} : value);
  } catch (error) {
    body.onInvalid?.(error as LeewayError, services);
    throw error;
  }
}
