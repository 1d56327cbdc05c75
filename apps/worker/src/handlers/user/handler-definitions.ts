import { type InputSchema, isInputSchema } from './input-schema.js';
import type { UserContext } from './user-context.js';

/** A user's function: gets the input of the job, returns its result. */
export type UserRun = (input: unknown, context: UserContext) => unknown;

export interface UserDefinition {
  readonly kind: string;
  readonly run: UserRun;
  readonly schema?: InputSchema;
  /** Every attempt runs in a child process. */
  readonly isolated: boolean;
}

/** The built-in kinds, and the queues of chat, which are named `chat.<provider>`. */
const RESERVED = /^(command|chat|workflow|chat\..*)$/;
/** The form of a kind in a submission. */
const KIND = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const FIELDS = ['run', 'schema', 'isolated'];

/** Reads the exports of a handlers module. Throws an Error that lists every problem; `file` is for its message. */
export function readDefinitions(exported: object, file: string): UserDefinition[] {
  const name = 'handlers' in exported ? 'handlers' : 'default';
  const record = (exported as Record<string, unknown>)[name];
  if (!isRecord(record)) throw new Error(`LEEWAY_HANDLERS: ${file}: ${noHandlers(exported, name, record)}`);
  const problems: string[] = [];
  const definitions = Object.entries(record).flatMap(([kind, value]) => {
    const found = problemsOf(kind, value);
    problems.push(...found.map((problem) => `  ${name}[${JSON.stringify(kind)}]: ${problem}`));
    return found.length > 0 ? [] : [toDefinition(kind, value)];
  });
  if (problems.length > 0) throw new Error(`LEEWAY_HANDLERS: ${file}:\n${problems.join('\n')}`);
  if (definitions.length === 0) throw new Error(`LEEWAY_HANDLERS: ${file}: the export "${name}" holds no handler`);
  return definitions;
}

function problemsOf(kind: string, value: unknown): string[] {
  const problems: string[] = [];
  if (RESERVED.test(kind)) problems.push('this name is reserved for Leeway; choose another one');
  else if (!KIND.test(kind))
    problems.push('a kind has 1 to 64 letters, digits, ".", "_" or "-", and begins with a letter or digit');
  if (typeof value === 'function') return problems;
  if (!isRecord(value))
    return [...problems, `expected a function or { run, schema, isolated }; got ${typeName(value)}`];
  const unknown = Object.keys(value).filter((field) => !FIELDS.includes(field));
  if (unknown.length > 0)
    problems.push(`unknown field ${unknown.map((field) => `"${field}"`).join(', ')}; known are ${FIELDS.join(', ')}`);
  if (typeof value['run'] !== 'function')
    problems.push(`expected "run" to be a function; got ${typeName(value['run'])}`);
  const { schema, isolated } = value;
  if (isolated !== undefined && typeof isolated !== 'boolean')
    problems.push(`expected "isolated" to be true or false; got ${typeName(isolated)}`);
  if (schema !== undefined && !isInputSchema(schema)) {
    problems.push(
      `expected "schema" to be a Standard Schema (zod, valibot, arktype) or an object with parse(input); got ${typeName(schema)}`,
    );
  }
  return problems;
}

function toDefinition(kind: string, value: unknown): UserDefinition {
  if (typeof value === 'function') return { kind, run: value as UserRun, isolated: false };
  const { run, schema, isolated = false } = value as { run: UserRun; schema?: InputSchema; isolated?: boolean };
  // Called as a method, so that a handler can be an instance of a class.
  const bound: UserRun = (input, context) => run.call(value, input, context);
  return { kind, run: bound, isolated, ...(schema === undefined ? {} : { schema }) };
}

function noHandlers(exported: object, name: string, value: unknown): string {
  const expected = 'expected the export "handlers", or the default export, to be an object of kind to function';
  if (value !== undefined) return `${expected}; "${name}" is ${typeName(value)}`;
  const names = Object.keys(exported);
  return `${expected}; the module exports ${names.length === 0 ? 'nothing' : names.join(', ')}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function typeName(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
