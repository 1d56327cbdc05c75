import { describeIssues, knownFields, LeewayError, type FieldError } from '@leeway/contract';
import { z } from 'zod';

const DIGITS = /^\d{1,15}$/;

/** A whole number in a query: digits only, so that `1e3`, ` 5` and an empty text are refused. */
export function wholeNumber(min: number, max: number) {
  return z.preprocess(
    (text) => (typeof text === 'string' && DIGITS.test(text) ? Number(text) : text),
    z
      .int(`expected a whole number from ${min} to ${max}`)
      .min(min, `expected at least ${min}`)
      .max(max, `expected at most ${max}`),
  );
}

const LONGEST_TENANT = 200;

/** Name of a tenant in a query. */
export function tenantName() {
  return z.string().min(1).max(LONGEST_TENANT).optional();
}

/** Of a route that knows no query parameters. */
export const NO_QUERY = z.strictObject({});

/** Reads the query of an address. Throws LeewayError `invalid_request` for unknown, repeated or unfit parameters. */
export function readQuery<S extends z.ZodType>(search: string, schema: S): z.output<S> {
  const given = new URLSearchParams(search);
  const values: Record<string, string> = {};
  const errors: FieldError[] = [];
  for (const [name, value] of given) {
    if (Object.hasOwn(values, name)) errors.push({ path: `/${name}`, message: `"${name}" is given more than once` });
    Object.defineProperty(values, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return checkQuery(values, schema, { place: 'query ', errors });
}

/**
 * Checks what was given by name. `errors`: what is wrong with it already; `place`: where it stood, for the
 * message. Throws LeewayError `invalid_request`.
 */
export function checkQuery<S extends z.ZodType>(
  values: Readonly<Record<string, unknown>>,
  schema: S,
  found: { place: string; errors: readonly FieldError[] },
): z.output<S> {
  const parsed = schema.safeParse(values);
  const issues = parsed.success ? [] : describeIssues(parsed.error, values, (path) => knownFields(schema, path));
  const errors = [...found.errors, ...issues];
  if (parsed.success && errors.length === 0) return parsed.data;
  const message = errors.map((error) => `${found.place}${error.path}: ${error.message}`).join('; ');
  throw new LeewayError('invalid_request', message, { errors });
}
