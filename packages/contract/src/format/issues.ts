import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { LeewayError, type FieldError } from '../errors.js';
import { expectedText, matchingBranch, missingText } from './issue-text.js';
import { knownFields } from './known-fields.js';

/** Value with the defaults of its schema. Throws LeewayError `invalid_request` with every problem. */
export function readAs<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidRequest(describeIssues(parsed.error, value, (path) => knownFields(schema, path)));
}

/** Refusal of a request with all its problems. `origin`: the part of the request that the paths point into. */
export function invalidRequest(errors: FieldError[], origin = ''): LeewayError {
  const summary = errors.map(({ path, message }) => `${origin}${path || 'body'}: ${message}`);
  return new LeewayError('invalid_request', summary.join('; '), { errors });
}

/** Names of the fields that are possible at a path. */
type KnownFields = (path: PropertyKey[]) => string[];

/** zod's issues as JSON pointers with what was expected, what was given, and the nearest known name. */
export function describeIssues(error: z.ZodError, input: unknown, knownAt: KnownFields = () => []): FieldError[] {
  return error.issues.flatMap((issue) => describe(issue, input, knownAt));
}

function describe(issue: z.core.$ZodIssue, input: unknown, knownAt: KnownFields): FieldError[] {
  const path = issue.path;
  if (issue.code === 'unrecognized_keys') {
    const known = knownAt(path);
    return issue.keys.map((key) => ({
      path: pointer([...path, key]),
      message: `unknown field "${key}"${hint(key, known)}`,
    }));
  }
  const branch = matchingBranch(issue);
  if (branch !== undefined)
    return branch.flatMap((inner) => describe({ ...inner, path: [...path, ...inner.path] }, input, knownAt));
  const given = issue.code === 'invalid_key' ? path.at(-1) : valueAt(input, path);
  if (given === undefined) return [{ path: pointer(path), message: missingText(issue) }];
  return [{ path: pointer(path), message: `${expectedText(issue)}; got ${short(given)}` }];
}

function hint(key: string, known: string[]): string {
  if (known.length === 0) return '';
  const near = closest(key, known);
  const far = distance(key.toLowerCase(), near.toLowerCase()) > Math.max(2, key.length / 2);
  return far ? `; known are ${known.join(', ')}` : `; did you mean "${near}"?`;
}

/** JSON pointer of a path. */
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

/** Characters of a value that a message shows. */
const SHOWN = 60;

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
