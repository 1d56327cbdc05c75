import type { Job, JobEvent, Policy } from '@leeway/contract';
import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js';
import type { z } from 'zod';
import type { FlatParams } from '../calls/flat-params.js';
import type { Route } from '../calls/route.js';

type Json = Record<string, unknown>;

/** What a tool can do: the calls of the API, with the key of whoever asks. */
export interface ToolCall {
  readonly policy: Policy;
  /** The body of the answer. Throws LeewayError. */
  call(route: Route, params: FlatParams): Promise<unknown>;
  /** The events of a job from now on. Throws LeewayError; ends early when nobody waits any more. */
  follow(params: { id: string; forMs: number }): AsyncIterable<JobEvent>;
  /** Tells the client how it goes; undefined: it did not ask to be told. */
  readonly progress: ((message: string) => void) | undefined;
}

/** A tool of the MCP server. It translates, and decides nothing: what it does is calls of the API. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  /** Written for a model that has to choose. */
  readonly description: (policy: Policy) => string;
  readonly annotations: ToolAnnotations;
  /** JSON Schema of one object. */
  readonly input: (policy: Policy) => Json;
  readonly output: z.ZodObject;
  run(args: FlatParams, call: ToolCall): Promise<Json>;
}

/** The job that a call gave. */
export function asJob(body: unknown): Job {
  return body as Job;
}
