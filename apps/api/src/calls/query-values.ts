import { describeIssues, invalidRequest, knownFields, type FieldError } from '@leeway/contract';
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

const LONGEST_NAME = 200;

/** A tenant, kind, label or cursor in a query. */
export function nameInQuery() {
  return z.string().min(1).max(LONGEST_NAME).optional();
}

/** Parameters beside the body, by name, before their schema has read them. */
export interface QueryValues {
  readonly values: Readonly<Record<string, unknown>>;
  /** Problems that the protocol has found. */
  readonly errors: readonly FieldError[];
  /** Put before each path in the message of a refusal. */
  readonly origin: string;
}

/** The parameters of the query string of a URL. */
export function queryOf(search: string): QueryValues {
  const values: Record<string, string> = {};
  const errors: FieldError[] = [];
  for (const [name, value] of new URLSearchParams(search)) {
    if (Object.hasOwn(values, name)) errors.push({ path: `/${name}`, message: `"${name}" is given more than once` });
    Object.defineProperty(values, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return { values, errors, origin: 'query ' };
}

/** Throws LeewayError `invalid_request` for unknown, repeated or invalid parameters. */
export function readQuery<S extends z.ZodType>({ values, errors, origin }: QueryValues, schema: S): z.output<S> {
  const parsed = schema.safeParse(values);
  const issues = parsed.success ? [] : describeIssues(parsed.error, values, (path) => knownFields(schema, path));
  if (parsed.success && errors.length === 0) return parsed.data;
  throw invalidRequest([...errors, ...issues], origin);
}

/** The size of a page: `usual` if absent, at most `most`. */
export function pageSize(usual: number, most: number, things: string) {
  const absent = Math.min(usual, most);
  return wholeNumber(1, most).default(absent).describe(`${things} on a page, 1 to ${most}; absent: ${absent}`);
}
