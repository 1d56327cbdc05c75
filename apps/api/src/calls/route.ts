import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import type { ErrorCode, JobEvent, Policy } from '@leeway/contract';
import type { Scope } from '@leeway/runtime';
import type { z } from 'zod';
import type { Services } from './services.js';
import type { ApiPrincipal } from './principal.js';

/** One request as a route sees it: parsed, checked and allowed. */
export interface Call<Query = unknown> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  /** The JSON value of the body, or a `TextBody` where the route takes its text; undefined: there was none. */
  readonly body: unknown;
  readonly principal: ApiPrincipal;
  /** Fires when the client has gone, the time for an answer is over, or the server stops. */
  readonly signal: AbortSignal;
  header(name: string): string | undefined;
  /** To be called right before a write: from then on a missing answer means that nobody knows what happened. */
  writes(): void;
  /**
   * Allows an answer this many milliseconds later than usual, or a stream. Throws LeewayError `rate_limited` when too
   * many requests are held open already.
   */
  keepOpen(extraMs: number): void;
}

/** What a route answers: one of `json`, `text`, `stream`, `events` and `handOver`. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: { readonly type: string; readonly content: string };
  /** Sent as it comes. */
  readonly stream?: { readonly type: string; readonly source: Readable };
  /** Each protocol has a form of its own for them. End when the signal of the call fires. */
  readonly events?: AsyncIterable<JobEvent>;
  /** Another protocol answers, over the same connection. Throws LeewayError as long as it has not begun to. */
  readonly handOver?: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export interface DocumentedReply {
  readonly description: string;
  /** Schema of a JSON body. */
  readonly schema?: z.ZodType;
  /** Media type of a body that is not JSON. */
  readonly type?: string;
}

/** One call of the API. The table of routes drives the server, the OpenAPI document and the page for people alike. */
export interface Route<Query extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** In the form of OpenAPI: `/v1/jobs/{id}`. */
  readonly path: string;
  /** Name of the operation, in camel case. */
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  readonly description?: string;
  readonly group: 'Jobs' | 'Estimates' | 'Fleet' | 'Server' | 'Protocols';
  /** What a key has to allow; any: a key is needed and may be any; null: none is needed. */
  readonly scope: Scope | 'any' | null;
  /** Needed to know what to answer; absent: no query parameters are known. */
  readonly query?: (policy: Policy) => Query;
  /** Request headers with a meaning here, and what they mean. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  /** Absent: the route takes no body. */
  readonly body?: {
    readonly schema: (policy: Policy) => z.ZodType;
    readonly optional?: boolean;
    /** Media types of a body that the route reads itself, as text; absent: JSON. Its size is that of an import. */
    readonly text?: readonly string[];
    readonly example?: unknown;
  };
  readonly replies: Readonly<Record<number, DocumentedReply>>;
  /** Beyond those that every route of its sort can answer. */
  readonly errors?: readonly ErrorCode[];
  handle(call: Call<z.output<Query>>, services: Services): Promise<Reply>;
}

/** Keeps the type of the query while the route is written down. */
export function defineRoute<Query extends z.ZodType>(route: Route<Query>): Route {
  return route as unknown as Route;
}
