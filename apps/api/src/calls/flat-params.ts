import type { FieldError, Policy } from '@leeway/contract';
import { z } from 'zod';
import type { Route } from './route.js';
import type { RawCall } from './run-call.js';

/** All parameters of a call as one object, as protocols without paths, queries and headers send them. */
export type FlatParams = Readonly<Record<string, unknown>>;
type Json = Record<string, unknown>;

/**
 * Sorts flat parameters into the parts of a call: path parameters, query and headers (in camel case: `idempotencyKey`) by
 * their names, and everything else into the body.
 */
export function splitParams(
  route: Route,
  given: FlatParams,
  policy: Policy,
): Pick<RawCall, 'params' | 'query' | 'body' | 'header'> {
  const headerNames = headersOf(route);
  const inQuery = namesOf(route.query(policy));
  const parts = { params: {}, query: {}, headers: {} } as Record<
    'params' | 'query' | 'headers',
    Record<string, string>
  >;
  const body: Json = {};
  const errors: FieldError[] = [];
  const take = (part: Record<string, string>, name: string, value: unknown) => {
    const text = textOf(value);
    if (text === undefined) errors.push({ path: `/${name}`, message: 'expected a text or a number' });
    else part[name] = text;
  };
  for (const [name, value] of Object.entries(given)) {
    const header = headerNames[name];
    if (Object.hasOwn(route.params, name)) take(parts.params, name, value);
    else if (header !== undefined) take(parts.headers, header, value);
    else if (route.body === undefined || inQuery.includes(name)) take(parts.query, name, value);
    else body[name] = value;
  }
  for (const name of Object.keys(route.params)) {
    if (given[name] === undefined) errors.push({ path: `/${name}`, message: 'is missing; expected a string' });
  }
  return {
    params: parts.params,
    query: { values: parts.query, errors, origin: '' },
    body: route.body?.optional === true && Object.keys(body).length === 0 ? undefined : body,
    header: (name) => parts.headers[name.toLowerCase()],
  };
}

/** The parameters of a route as the JSON Schema of one object. */
export function flatSchema(route: Route, policy: Policy): Json {
  const text = (description: string) => ({ type: 'string', description });
  const texts = (entries: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(entries).map(([name, description]) => [name, text(description)]));
  const headers = Object.fromEntries(
    Object.entries(headersOf(route)).map(([name, header]) => [name, describedHeader(route, header)]),
  );
  const query = objectSchema(route.query(policy), 'output');
  const body = route.body === undefined ? NO_FIELDS : objectSchema(route.body.schema(policy), 'input');
  return {
    type: 'object',
    properties: { ...texts(route.params), ...body.properties, ...query.properties, ...texts(headers) },
    required: [...Object.keys(route.params), ...body.required, ...query.required],
    additionalProperties: false,
  };
}

/** Names of the parameters that a route takes beside its body. */
export function namesBesideBody(route: Route, policy: Policy): string[] {
  return [...Object.keys(route.params), ...Object.keys(headersOf(route)), ...namesOf(route.query(policy))];
}

/** The name of each header as a parameter, with the name that a call knows it by: `idempotencyKey`, `idempotency-key`. */
function headersOf({ headers }: Route): Record<string, string> {
  const camel = (name: string) =>
    name.toLowerCase().replaceAll(/-(\w)/g, (_dash, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.keys(headers).map((name) => [camel(name), name.toLowerCase()]));
}

function describedHeader({ headers }: Route, lowerCase: string): string {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === lowerCase)?.[1] ?? '';
}

function namesOf(query: z.ZodType): string[] {
  return query instanceof z.ZodObject ? Object.keys(query.shape) : [];
}

/** The value as a URL would carry it; undefined: it has no such form. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

interface Fields {
  properties: Json;
  required: string[];
}

const NO_FIELDS: Fields = { properties: {}, required: [] };

function objectSchema(schema: z.ZodType, io: 'input' | 'output'): Fields {
  const { properties, required } = {
    ...NO_FIELDS,
    ...(z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Partial<Fields>),
  };
  return { properties, required: required.filter((name) => !('default' in (properties[name] as Json))) };
}
