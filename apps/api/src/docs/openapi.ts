import { chatInputSchema, commandInputSchema, ERRORS, submissionSchema, type Policy } from '@leeway/contract';
import { z } from 'zod';
import { NAMED_SCHEMAS, SUBMISSION_REFERENCE } from '../calls/reply-schemas.js';
import { errorsOf, type DocumentedReply, type Route } from '../calls/route.js';
import { methodNameOf } from '../rpc/methods.js';

type Json = Record<string, unknown>;

export interface OpenApiSource {
  routes: readonly Route[];
  policy: Policy;
  version: string;
  /** False: no keys are configured, and no call needs one. */
  keyed: boolean;
}

/** The OpenAPI 3.1 document of the routes. Its limits are those of the effective policy. */
export function openApiDocument(source: OpenApiSource): Json {
  const { routes, version, keyed, policy } = source;
  const paths: Record<string, Json> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route, source);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Leeway',
      version,
      summary: 'A job queue that learns how long each agent task should take.',
      description:
        'Every refused call replies with a problem document (RFC 9457) that has a stable `code`; /docs/errors lists the codes.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map((route) => route.group))].map((name) => ({ name })),
    paths,
    components: {
      schemas: namedSchemas(policy),
      ...(keyed ? { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } } : {}),
    },
  };
}

function operation(route: Route, { policy, keyed }: OpenApiSource): Json {
  const method = methodNameOf(route);
  return {
    operationId: route.name,
    ...(method === undefined ? {} : { 'x-json-rpc-method': method }),
    tags: [route.group],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    ...(keyed ? { security: route.scope === null ? [] : [{ key: [] }] } : {}),
    parameters: parameters(route, policy),
    ...(route.body === undefined ? {} : { requestBody: requestBody(route.body, policy) }),
    responses: { ...successes(route), ...refusals(route) },
  };
}

function parameters(route: Route, policy: Policy): Json[] {
  const inPath = Object.entries(route.params).map(([name, description]) => ({
    name,
    in: 'path',
    required: true,
    description,
    schema: { type: 'string' },
  }));
  const inHeader = Object.entries(route.headers).map(([name, description]) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  }));
  return [...inPath, ...queryParameters(route, policy), ...inHeader];
}

function queryParameters(route: Route, policy: Policy): Json[] {
  const { properties = {}, required = [] } = jsonSchema(route.query(policy), 'output') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name) && !('default' in schema),
    description,
    schema,
  }));
}

function requestBody(body: NonNullable<Route['body']>, policy: Policy): Json {
  const schema = bodySchema(body, policy);
  const example = body.example === undefined ? {} : { example: body.example };
  const types = body.text ?? ['application/json'];
  const content = Object.fromEntries(types.map((type) => [type, { schema, ...example }]));
  return { required: body.optional !== true, content };
}

function bodySchema({ schema, text }: NonNullable<Route['body']>, policy: Policy): Json {
  if (text !== undefined) return { type: 'string' };
  const built = schema(policy);
  return built === submissionSchema(policy) ? SUBMISSION_REFERENCE : jsonSchema(built, 'input');
}

function successes(route: Route): Json {
  return Object.fromEntries(
    Object.entries(route.replies).map(([status, reply]) => [
      status,
      { description: reply.description, ...content(reply) },
    ]),
  );
}

function content({ schema, type }: DocumentedReply): Json {
  if (schema === undefined) return type === undefined ? {} : { content: { [type]: { schema: { type: 'string' } } } };
  const name = Object.keys(NAMED_SCHEMAS).find((known) => NAMED_SCHEMAS[known] === schema);
  const described = name === undefined ? jsonSchema(schema, 'output') : reference(name);
  return { content: { 'application/json': { schema: described } } };
}

/** One response for each status, with the codes that share it. */
function refusals(route: Route): Json {
  const byStatus: Record<string, string[]> = {};
  for (const code of errorsOf(route)) (byStatus[ERRORS[code].status] ??= []).push(`\`${code}\`: ${ERRORS[code].title}`);
  const problem = { 'application/problem+json': { schema: reference('Problem') } };
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, lines]) => [status, { description: lines.join('. '), content: problem }]),
  );
}

/** The named schemas; where one contains another, it refers to it. */
function namedSchemas(policy: Policy): Json {
  const replies = registered(NAMED_SCHEMAS, 'output');
  const requests = registered(
    { Submission: submissionSchema(policy), CommandInput: commandInputSchema, ChatInput: chatInputSchema },
    'input',
  );
  const all: Record<string, Json> = { ...replies, ...requests };
  return Object.fromEntries(
    Object.keys(all)
      .sort()
      .map((name) => [name, plain(all[name] ?? {})]),
  );
}

function registered(schemas: Readonly<Record<string, z.ZodType>>, io: 'input' | 'output'): Record<string, Json> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  return z.toJSONSchema(registry, { io, unrepresentable: 'any', uri: (id) => reference(id).$ref }).schemas as Record<
    string,
    Json
  >;
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  return plain(z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json);
}

/** The schema without address and dialect, which it does not need inside an OpenAPI document. */
function plain({ $schema: _dialect, $id: _address, id: _id, ...schema }: Json): Json {
  return schema;
}

function reference(name: string): { $ref: string } {
  return { $ref: `#/components/schemas/${name}` };
}
