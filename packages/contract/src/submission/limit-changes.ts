import type { z } from 'zod';
import { LeewayError } from '../errors.js';
import { describeIssues } from '../format/issues.js';
import { knownFields } from '../format/known-fields.js';
import type { Policy } from '../policy/policy.js';
import { submissionSchema } from './submission.js';

type LimitChangesSchema = ReturnType<typeof buildSchema>;
/** Building a schema costs far more than using it. */
const schemas = new WeakMap<Policy, LimitChangesSchema>();

/** What may be changed of a job after its submission, under the same names and maxima. The same schema for the same policy. */
export function limitChangesSchema(policy: Policy): LimitChangesSchema {
  const known = schemas.get(policy);
  if (known !== undefined) return known;
  const built = buildSchema(policy);
  schemas.set(policy, built);
  return built;
}

function buildSchema(policy: Policy) {
  return submissionSchema(policy).pick({ timeoutMs: true, limits: true, completeBy: true });
}
export type LimitChangesBody = z.output<LimitChangesSchema>;

/** Reads the body of a change of limits. Throws LeewayError `invalid_request` with every problem, also when it changes nothing. */
export function parseLimitChanges(body: unknown, policy: Policy): LimitChangesBody {
  const schema = limitChangesSchema(policy);
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw refused(describeIssues(parsed.error, body, (path) => knownFields(schema, path)));
  const { limits = {}, ...others } = parsed.data;
  const stated = [...Object.values(limits), ...Object.values(others)].some((value) => value !== undefined);
  if (!stated)
    throw refused([{ path: '', message: 'expected at least one of timeoutMs, completeBy and a field of limits' }]);
  return parsed.data;
}

function refused(errors: { path: string; message: string }[]): LeewayError {
  return new LeewayError(
    'invalid_request',
    errors.map(({ path, message }) => `${path || 'body'}: ${message}`).join('; '),
    { errors },
  );
}
