import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordingContext } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Isolate, loadUserHandlers } from './load-user-handlers.js';

const LIMITS = { maxValueBytes: 1_000 };
const isolate: Isolate = (kind, file) => ({ kind, run: async () => `in a process of its own: ${file}` });
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
])('reads %s', async (_, source) => {
  const [handler] = await load(source);
  expect(handler?.kind).toBe('greet');
  expect(await handler?.run({ name: 'Ada' }, recordingContext().context)).toBe('Hello Ada');
});

test('a handler that asks for it gets a process of its own, and no other', async () => {
  const [alone, here] = await load(
    'export default { alone: { isolated: true, run() {} }, here: { isolated: false, run() {} } }',
  );
  expect(await alone?.run({}, recordingContext().context)).toMatch(/^in a process of its own: .*handlers-\d+\.mjs$/);
  expect(await here?.run({}, recordingContext().context)).toBeNull();
});

test('"handlers" counts before the default export', async () => {
  expect((await load('export const handlers = { a() {} }; export default { b() {} }')).map(({ kind }) => kind)).toEqual(
    ['a'],
  );
});

test.each([
  [
    'no such export',
    'export const greet = () => {}',
    /handlers-\d+\.mjs: expected the export "handlers".*; the module exports greet$/,
  ],
  ['no export at all', '1', /the module exports nothing$/],
  ['a list', 'export const handlers = []', /; "handlers" is an array$/],
  ['no handler in it', 'export const handlers = {}', /the export "handlers" holds no handler$/],
  [
    'a text for a function',
    'export const handlers = { greet: "hello" }',
    /handlers\["greet"\]: expected a function or \{ run, schema, isolated \}; got a string$/,
  ],
  [
    'a word for isolated',
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
    'a schema that is none',
    'export const handlers = { greet: { run() {}, schema: {} } }',
    /expected "schema" to be a Standard Schema .*; got a object$/,
  ],
  ['a name of ours', 'export const handlers = { chat() {} }', /handlers\["chat"\]: this name belongs to Leeway/],
  ["the name of a provider's queue", 'export const handlers = { "chat.openai"() {} }', /this name belongs to Leeway/],
  [
    'a name with other characters',
    'export const handlers = { "a:b"() {} }',
    /handlers\["a:b"\]: a kind has 1 to 64 letters/,
  ],
  [
    'a module that throws',
    'throw new RangeError("no database")',
    /cannot load .*handlers-\d+\.mjs: RangeError: no database$/,
  ],
])('refuses %s, and says where and what was expected', async (_, source, message) => {
  await expect(load(source)).rejects.toThrow(message);
});

test('lists every problem at once', async () => {
  const source = 'export const handlers = { command() {}, "": 5, good() {} }';
  await expect(load(source)).rejects.toThrow(
    /handlers\["command"\].*\n.*handlers\[""\]: a kind.*\n.*handlers\[""\]: expected a function/,
  );
});

test.each(['no-such-file.mjs', '.'])('refuses a path without a file: %s', async (path) => {
  await expect(loadUserHandlers(join(folder, path), LIMITS, isolate)).rejects.toThrow(
    `LEEWAY_HANDLERS: there is no file ${join(folder, path)}`,
  );
});

test('a module that cannot be read names its file', async () => {
  const path = await moduleFile('export const handlers = {');
  await expect(loadUserHandlers(path, LIMITS, isolate)).rejects.toThrow(`LEEWAY_HANDLERS: cannot load ${path}`);
});
