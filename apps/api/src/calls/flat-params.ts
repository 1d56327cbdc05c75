import type { FieldError, Policy } from '@leeway/contract';
import { z } from 'zod';
import { checkQuery, NO_QUERY } from './query-values.js';
import type { Call, Route } from './route.js';

export type FlatParams = Readonly<Record<string, unknown>>;
type Json = Record<string, unknown>;

/**
 * Takes apart the parameters of a call that came as one object, for protocols without paths, queries and headers: what is
 * named there goes there, headers in camel case (`idempotencyKey`), and all else is the body. Throws LeewayError
 * `invalid_request`.
 */
export function splitParams(
  route: Route,
  given: FlatParams,
  policy: Policy,
): Pick<Call, 'params' | 'query' | 'body' | 'header'> {
  const query = route.query?.(policy) ?? NO_QUERY;
  const headerNames = headersOf(route);
  const params: Record<string, string> = {};
  const headers: Record<string, string> = {};
  const inQuery: Record<string, string> = {};
  const body: Record<string, unknown> = {};
  const errors: FieldError[] = [];
  const take = (into: Record<string, string>, name: string, value: unknown) => {
    const text = textOf(value);
    if (text === undefined) errors.push({ path: `/${name}`, message: 'expected a text or a number' });
    else into[name] = text;
  };
  for (const [name, value] of Object.entries(given)) {
    const header = headerNames[name];
    if (Object.hasOwn(route.params ?? {}, name)) take(params, name, value);
    else if (header !== undefined) take(headers, header, value);
    else if (route.body === undefined || queryNames(query).includes(name)) take(inQuery, name, value);
    else body[name] = value;
  }
  for (const name of Object.keys(route.params ?? {})) {
    if (given[name] === undefined) errors.push({ path: `/${name}`, message: 'is missing; expected a string' });
  }
  return {
    params,
    query: checkQuery(inQuery, query, { place: '', errors }),
    body: bodyOf(route, body),
    header: (name) => headers[name.toLowerCase()],
  };
}

/** The parameters of a route as the JSON Schema of one object. */
export function flatSchema(route: Route, policy: Policy): Json {
  const text = (description: string) => ({ type: 'string', description });
  const named = (entries: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(entries).map(([name, description]) => [name, text(description)]));
  const headers = Object.fromEntries(
    Object.entries(headersOf(route)).map(([name, header]) => [name, describedHeader(route, header)]),
  );
  const query = objectSchema(route.query?.(policy) ?? NO_QUERY, 'output');
  const body = objectSchema(route.body?.schema(policy) ?? NO_QUERY, 'input');
  return {
    type: 'object',
    properties: { ...named(route.params ?? {}), ...body.properties, ...query.properties, ...named(headers) },
    required: [...Object.keys(route.params ?? {}), ...body.required, ...query.required],
    additionalProperties: false,
  };
}

/** Names that a route takes beside its body. */
export function namesBesideBody(route: Route, policy: Policy): string[] {
  const query = route.query?.(policy) ?? NO_QUERY;
  return [...Object.keys(route.params ?? {}), ...Object.keys(headersOf(route)), ...queryNames(query)];
}

/** `Idempotency-Key` as `idempotencyKey`, with the name that a call knows it by. */
function headersOf(route: Route): Record<string, string> {
  const camel = (name: string) =>
    name.toLowerCase().replaceAll(/-(\w)/g, (_dash, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.keys(route.headers ?? {}).map((name) => [camel(name), name.toLowerCase()]));
}

function describedHeader(route: Route, lowerCase: string): string {
  return Object.entries(route.headers ?? {}).find(([name]) => name.toLowerCase() === lowerCase)?.[1] ?? '';
}

function queryNames(query: z.ZodType): string[] {
  return query instanceof z.ZodObject ? Object.keys(query.shape) : [];
}

/** As it would stand in an address. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

function bodyOf({ body }: Route, given: Json): unknown {
  if (body === undefined || (body.optional === true && Object.keys(given).length === 0)) return undefined;
  return given;
}

function objectSchema(schema: z.ZodType, io: 'input' | 'output'): { properties: Json; required: string[] } {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as {
    properties?: Json;
    required?: string[];
  };
  return { properties, required };
}
