import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { LeewayError, type FieldError } from '../errors.js';
import { knownFields } from './known-fields.js';

/** The value as its schema reads it. Throws LeewayError `invalid_request` that lists every problem. */
export function readAs<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidRequest(describeIssues(parsed.error, value, (path) => knownFields(schema, path)));
}

/** The refusal of a request, with each problem and its place. `origin`: the part of the request that the paths point into. */
export function invalidRequest(errors: FieldError[], origin = ''): LeewayError {
  const summary = errors.map(({ path, message }) => `${origin}${path || 'body'}: ${message}`);
  return new LeewayError('invalid_request', summary.join('; '), { errors });
}

/** zod's issues as JSON pointers with sentences: what was expected, what was given, and the nearest known name. */
export function describeIssues(
  error: z.ZodError,
  input: unknown,
  knownAt: (path: PropertyKey[]) => string[] = () => [],
): FieldError[] {
  return error.issues.flatMap((issue) => describe(issue, input, knownAt));
}

function describe(issue: z.core.$ZodIssue, input: unknown, knownAt: (path: PropertyKey[]) => string[]): FieldError[] {
  const path = issue.path;
  if (issue.code === 'unrecognized_keys') {
    const known = knownAt(path);
    return issue.keys.map((key) => ({
      path: pointer([...path, key]),
      message: `unknown field "${key}"${hint(key, known)}`,
    }));
  }
  const given = valueAt(input, path);
  if (given === undefined) return [{ path: pointer(path), message: missing(issue.message) }];
  return [{ path: pointer(path), message: `${expectation(issue.message)}; got ${short(given)}` }];
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};
const WRONG_TYPE = /^Invalid input: expected (\w+), received \w+$/;

/** zod's own wording as a sentence; messages that a schema brings along stay as they are. */
function expectation(message: string): string {
  const type = WRONG_TYPE.exec(message)?.[1];
  if (type === undefined) return message.replace(/^(?:Too (?:small|big)|Invalid input|Invalid option): /, '');
  return `expected ${TYPE_WORDS[type] ?? type}`;
}

function missing(message: string): string {
  const type = WRONG_TYPE.exec(message)?.[1];
  if (type === undefined) return `${expectation(message)}; got nothing`;
  return type === 'nonoptional' ? 'is missing' : `is missing; ${expectation(message)}`;
}

function hint(key: string, known: string[]): string {
  if (known.length === 0) return '';
  const near = closest(key, known);
  const far = distance(key.toLowerCase(), near.toLowerCase()) > Math.max(2, key.length / 2);
  return far ? `; known are ${known.join(', ')}` : `; did you mean "${near}"?`;
}

export function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value: unknown = input;
  for (const part of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

const SHOWN = 60;
function short(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
