import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordingContext } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Isolate, loadUserHandlers } from './load-user-handlers.js';

const LIMITS = { maxValueBytes: 1_000 };
const isolate: Isolate = (kind, file) => ({ kind, run: async () => `in a child process: ${file}` });
let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leeway-handlers-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function moduleFile(source: string, extension = 'mjs'): Promise<string> {
  const path = join(folder, `handlers-${(files += 1)}.${extension}`);
  await writeFile(path, source);
  return path;
}

async function load(source: string) {
  return loadUserHandlers(await moduleFile(source), LIMITS, isolate);
}

test.each([
  ['functions in "handlers"', 'export const handlers = { greet: ({ name }) => `Hello ${name}` }'],
  ['a default export', 'export default { greet: async (input) => `Hello ${input.name}` }'],
  ['objects with run', 'export const handlers = { greet: { run: (input) => `Hello ${input.name}` } }'],
  [
    'instances of a class',
    'class Greeter { #word = "Hello"; run({ name }) { return `${this.#word} ${name}` } }; export default { greet: new Greeter() }',
  ],
])('a module with %s is read', async (_, source) => {
  const [handler] = await load(source);
  expect(handler?.kind).toBe('greet');
  expect(await handler?.run({ name: 'Ada' }, recordingContext().context)).toBe('Hello Ada');
});

test('only a handler with isolated: true runs in a child process', async () => {
  const [alone, here] = await load(
    'export default { alone: { isolated: true, run() {} }, here: { isolated: false, run() {} } }',
  );
  expect(await alone?.run({}, recordingContext().context)).toMatch(/^in a child process: .*handlers-\d+\.mjs$/);
  expect(await here?.run({}, recordingContext().context)).toBeNull();
});

test('the export "handlers" takes precedence over the default export', async () => {
  expect((await load('export const handlers = { a() {} }; export default { b() {} }')).map(({ kind }) => kind)).toEqual(
    ['a'],
  );
});

test.each([
  [
    'neither of the two exports',
    'export const greet = () => {}',
    /handlers-\d+\.mjs: expected the export "handlers".*; the module exports greet$/,
  ],
  ['no export at all', '1', /the module exports nothing$/],
  ['a list', 'export const handlers = []', /; "handlers" is an array$/],
  ['an empty export', 'export const handlers = {}', /the export "handlers" holds no handler$/],
  [
    'a text instead of a function',
    'export const handlers = { greet: "hello" }',
    /handlers\["greet"\]: expected a function or \{ run, schema, isolated \}; got a string$/,
  ],
  [
    'a text as isolated',
    'export default { greet: { run() {}, isolated: "yes" } }',
    /default\["greet"\]: expected "isolated" to be true or false; got a string$/,
  ],
  ['no run', 'export default { greet: {} }', /default\["greet"\]: expected "run" to be a function; got nothing$/],
  [
    'a misspelt field',
    'export const handlers = { greet: { run() {}, shema: 1 } }',
    /unknown field "shema"; known are run, schema, isolated$/,
  ],
  [
    'a schema that has no parse',
    'export const handlers = { greet: { run() {}, schema: {} } }',
    /expected "schema" to be a Standard Schema .*; got a object$/,
  ],
  ['a reserved name', 'export const handlers = { chat() {} }', /handlers\["chat"\]: this name is reserved for Leeway/],
  [
    "the name of a provider's queue",
    'export const handlers = { "chat.openai"() {} }',
    /this name is reserved for Leeway/,
  ],
  [
    'a name with a character that is not allowed',
    'export const handlers = { "a:b"() {} }',
    /handlers\["a:b"\]: a kind has 1 to 64 letters/,
  ],
  [
    'a top-level error',
    'throw new RangeError("no database")',
    /cannot load .*handlers-\d+\.mjs: RangeError: no database$/,
  ],
])('a module with %s is refused with the place and the expected form', async (_, source, message) => {
  await expect(load(source)).rejects.toThrow(message);
});

test('the error for a module lists all its problems', async () => {
  const source = 'export const handlers = { command() {}, "": 5, good() {} }';
  await expect(load(source)).rejects.toThrow(
    /handlers\["command"\].*\n.*handlers\[""\]: a kind.*\n.*handlers\[""\]: expected a function/,
  );
});

test.each(['no-such-file.mjs', '.'])('a path without a file is refused: %s', async (path) => {
  await expect(loadUserHandlers(join(folder, path), LIMITS, isolate)).rejects.toThrow(
    `LEEWAY_HANDLERS: there is no file ${join(folder, path)}`,
  );
});

test('the error for a module with a syntax error names its file', async () => {
  const path = await moduleFile('export const handlers = {');
  await expect(loadUserHandlers(path, LIMITS, isolate)).rejects.toThrow(`LEEWAY_HANDLERS: cannot load ${path}`);
});
