import { DoNotRetryError } from '@leeway/supervision';
import type { Handler, HandlerContext } from '../handler.js';
import type { UserDefinition } from './handler-definitions.js';
import { checkInput } from './input-schema.js';
import { jsonValue, NotJsonError } from './json-value.js';
import { userContext, type UserHandlerLimits } from './user-context.js';
import { toFailure } from './user-failure.js';

/** A user's function as a handler of the worker: with input check, narrowed context, and storable result and errors. */
export function toHandler({ kind, run, schema }: Omit<UserDefinition, 'isolated'>, limits: UserHandlerLimits): Handler {
  return {
    kind,
    inProcess: true,
    async run(rawInput, context) {
      try {
        const input = schema === undefined ? rawInput : await checkInput(schema, rawInput);
        return resultOf(await run(input, userContext(context, limits)), limits);
      } catch (error) {
        throw failureOf(error, kind, context);
      }
    },
  };
}

function resultOf(value: unknown, { maxValueBytes }: UserHandlerLimits): unknown {
  if (value === undefined) return null;
  try {
    return jsonValue(value, { what: 'the result', maxBytes: maxValueBytes });
  } catch (error) {
    // Another attempt would return the same.
    if (error instanceof NotJsonError) throw new DoNotRetryError(error.message, { code: `result_${error.code}` });
    throw error;
  }
}

/** The worker's log gets the stack, the job code and message. */
function failureOf(error: unknown, kind: string, { log, signal }: HandlerContext): Error {
  const failure = toFailure(error);
  // After an abort a handler is expected to throw.
  if (!signal.aborted) {
    const { code, message } = failure;
    try {
      log.warn({ kind, code, error }, `handler failed: ${message}`);
    } catch {
      // The thrown value cannot be serialised.
      log.warn({ kind, code }, `handler failed: ${message}`);
    }
  }
  return failure;
}
