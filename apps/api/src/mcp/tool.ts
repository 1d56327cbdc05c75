import type { Job, JobEvent, Policy } from '@leeway/contract';
import type { ApiBounds } from '../calls/bounds.js';
import type { ToolAnnotations } from '@modelcontextprotocol/sdk/types.js';
import type { z } from 'zod';
import type { FlatParams } from '../calls/flat-params.js';
import type { Route } from '../calls/route.js';

type Json = Record<string, unknown>;

/** What a tool can use: the calls of the API, with the key of the client. */
export interface ToolCall {
  readonly policy: Policy;
  readonly bounds: Pick<ApiBounds, 'toolTextBytes'>;
  /** The JSON of the reply. Throws LeewayError. */
  call(route: Route, params: FlatParams): Promise<unknown>;
  /** The events of a job from now on, for at most `forMs` and while the client is connected. Throws LeewayError. */
  follow(params: { id: string; forMs: number }): AsyncIterable<JobEvent>;
  /** Sends progress to the client; undefined: the client did not ask for progress. */
  readonly progress: ((message: string) => void) | undefined;
}

/** A tool of the MCP server. It translates and decides nothing: its work is calls of the API. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  /** Written for a model that has to choose a tool. */
  readonly description: (policy: Policy) => string;
  readonly annotations: ToolAnnotations;
  /** JSON Schema of one object. */
  readonly input: (policy: Policy) => Json;
  readonly output: z.ZodObject;
  run(args: FlatParams, call: ToolCall): Promise<Json>;
}

/** The reply of a call whose schema is that of a job. */
export function asJob(reply: unknown): Job {
  return reply as Job;
}
