import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { perPolicy, type ErrorCode, type JobEvent, type LeewayError, type Policy } from '@leeway/contract';
import { z } from 'zod';
import type { ApiPrincipal, RequiredScope } from './principal.js';
import type { Services } from './services.js';

/** One request as its route receives it: authorized, with query and body as their schemas read them. */
export interface Call<Query = unknown, Body = unknown> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly principal: ApiPrincipal;
  /** Aborts when the client has disconnected, the time for a reply is over, or the server stops. */
  readonly signal: AbortSignal;
  header(name: string): string | undefined;
  /** To be called right before a write: without a reply from then on, the outcome is unknown. */
  writes(): void;
  /**
   * Keeps the request open on purpose: the reply may come this many milliseconds later than usual, or is a stream. Throws
   * LeewayError `rate_limited` when too many requests are open.
   */
  keepOpen(extraMs: number): void;
}

/** What a route replies: one of `json`, `text`, `stream`, `events` and `handOver`. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: { readonly type: string; readonly content: string };
  /** Sent while it is produced. */
  readonly stream?: { readonly type: string; readonly source: Readable };
  /** Each protocol encodes them in its own form. They end when the signal of the call aborts. */
  readonly events?: AsyncIterable<JobEvent>;
  /** Another protocol replies, over the same connection. Throws LeewayError as long as nothing was sent. */
  readonly handOver?: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export interface DocumentedReply {
  readonly description: string;
  /** Schema of a JSON body. */
  readonly schema?: z.ZodType;
  /** Media type of a body that is not JSON. */
  readonly type?: string;
}

/** A body that is not parsed as JSON. */
export interface TextBody {
  /** Media type, lower case, without parameters. */
  readonly type: string;
  readonly text: string;
}

export interface RouteBody<Schema extends z.ZodType> {
  /** Documents the body, and is the only place that reads it. */
  readonly schema: (policy: Policy) => Schema;
  /** An absent body is read as `{}`. */
  readonly optional?: boolean;
  /** Media types of a text body, which the schema gets as a `TextBody`; absent: JSON. Its size limit is that of an import. */
  readonly text?: readonly string[];
  readonly example?: unknown;
  /** Called when the schema refuses the body. */
  readonly onInvalid?: (error: LeewayError, services: Services) => void;
}

export interface RouteDefinition<Query extends z.ZodType = z.ZodType, Body extends z.ZodType = z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** In the form of OpenAPI: `/v1/jobs/{id}`. */
  readonly path: string;
  /** Name of the operation, in camel case. */
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  readonly description?: string;
  readonly group: 'Jobs' | 'Estimates' | 'Fleet' | 'Server' | 'Protocols';
  readonly scope: RequiredScope;
  /** Absent: every query parameter is refused. */
  readonly query?: (policy: Policy) => Query;
  /** Request headers that the route reads, with their meaning. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  /** Absent: the route reads no body. */
  readonly body?: RouteBody<Body>;
  readonly replies: Readonly<Record<number, DocumentedReply>>;
  /** Beyond those that every route of its sort can reply. */
  readonly errors?: readonly ErrorCode[];
  handle(call: Call<z.output<Query>, z.output<Body>>, services: Services): Promise<Reply>;
}

/** One call of the API. The table of routes drives the server, the OpenAPI document and the documentation pages alike. */
export type Route = RouteDefinition & Required<Pick<RouteDefinition, 'query' | 'headers' | 'params' | 'errors'>>;

const NO_QUERY = z.strictObject({});

/** Keeps the types of query and body within the definition, and builds their schemas once for each policy. */
export function defineRoute<Query extends z.ZodType, Body extends z.ZodType>(
  definition: RouteDefinition<Query, Body>,
): Route {
  const { query, body } = definition;
  return {
    ...{ headers: {}, params: {}, errors: [] },
    ...(definition as unknown as RouteDefinition),
    query: query === undefined ? () => NO_QUERY : perPolicy(query),
    ...(body === undefined ? {} : { body: { ...body, schema: perPolicy(body.schema) } }),
  };
}

/** Every code that a route can reply with. */
export function errorsOf({ scope, body, group, errors }: Route): ErrorCode[] {
  const codes: ErrorCode[] = ['invalid_request', 'host_not_allowed', 'origin_not_allowed', 'internal'];
  if (scope !== null) codes.push('unauthorized', 'forbidden');
  if (body !== undefined) codes.push('invalid_json', 'payload_too_large', 'unsupported_media_type');
  if (group !== 'Server' && group !== 'Protocols') codes.push('store_unavailable');
  return [...new Set([...codes, ...errors])];
}
