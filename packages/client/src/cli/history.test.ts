import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCli, type CliOptions, type CliRun } from '../../testing/run-cli.js';
import { json, problem, scriptedServer, type Answer, type ScriptedServer } from '../../testing/scripted-server.js';

const HISTORY =
  '{"format":"leeway-history","version":1}\n{"metric":"total","level":"command/ls","kind":"exact","value":5,"at":"2026-11-01T10:00:00Z"}\n';
const reply = { tenant: 'acme', observations: 1, rings: 1, added: 1 };

let server: ScriptedServer | undefined;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-cli-'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function history(args: string[], answer: Answer, options: CliOptions = {}): Promise<CliRun> {
  server = await scriptedServer(answer);
  return runCli(['history', ...args], { url: server.url, ...options });
}

/** Sends the history in two pieces, the cut in the middle of a line; then ends, or breaks off. */
function download(then: 'end' | 'break'): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.write(HISTORY.slice(0, 50), () => (then === 'end' ? response.end(HISTORY.slice(50)) : response.destroy()));
  };
}

test('export prints the history as it is (F54)', async () => {
  expect(await history(['export', '--tenant', 'acme'], download('end'))).toEqual({ code: 0, out: HISTORY, err: '' });
  expect(server?.seen[0]).toMatchObject({ method: 'GET', url: '/v1/history/export?tenant=acme' });
});

test('export into a file says how much it wrote (F54)', async () => {
  const file = join(folder, 'history.ndjson');
  const run = await history(['export', '--file', file, '--json'], download('end'));
  expect(run).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(run.out)).toEqual({ file, observations: 1 });
  expect(readFileSync(file, 'utf8')).toBe(HISTORY);
});

test('an export that breaks off leaves no half a file, and the one of before as it was', async () => {
  const file = join(folder, 'history.ndjson');
  writeFileSync(file, 'of before');
  const run = await history(['export', '--file', file], download('break'));
  expect(run.code).toBe(1);
  expect(run.err).toContain('cannot reach');
  expect(readFileSync(file, 'utf8')).toBe('of before');
  expect(readdirSync(folder)).toEqual(['history.ndjson']);
});

test('a file that cannot be written is a mistake of the caller', async () => {
  const run = await history(['export', '--file', join(folder, 'none', 'x')], download('end'));
  expect(run).toMatchObject({ code: 2, out: '' });
  expect(run.err).toContain('cannot write');
});

test('import sends the file as it is and says what was added (F54)', async () => {
  const file = join(folder, 'history.ndjson');
  writeFileSync(file, HISTORY);
  const run = await history(['import', '--file', file], json(reply));
  expect(run).toEqual({ code: 0, out: '1 of 1 observations added to 1 rings of acme\n', err: '' });
  expect(server?.seen[0]).toMatchObject({ method: 'POST', url: '/v1/history/import', body: HISTORY });
  expect(server?.seen[0]?.headers['content-type']).toBe('application/x-ndjson');
});

test('import reads standard input, too', async () => {
  const run = await history(['import', '--file', '-', '--json'], json(reply), { stdin: HISTORY });
  expect(JSON.parse(run.out)).toEqual(reply);
  expect(server?.seen[0]?.body).toBe(HISTORY);
});

test('a refused import tells the lines', async () => {
  const run = await history(
    ['import', '--file', '-'],
    problem('invalid_request', 'Nothing was imported. line 3: /value'),
    { stdin: 'x' },
  );
  expect(run.code).toBe(1);
  expect(run.err).toContain('line 3: /value');
});

test('import without a file, or with one that is not there, sends nothing', async () => {
  expect((await history(['import'], json(reply))).code).toBe(2);
  const run = await history(['import', '--file', join(folder, 'none')], json(reply));
  expect(run).toMatchObject({ code: 2, err: expect.stringContaining('cannot read observations from') });
  expect(server?.seen).toEqual([]);
});

test('reset names the class and says what was forgotten (F51)', async () => {
  const forgotten = { class: 'command/ls/@a b', tenant: 'acme', rings: 3, counters: true };
  const run = await history(['reset', 'command/ls/@a b', '--tenant', 'acme'], json(forgotten));
  expect(run).toEqual({ code: 0, out: 'command/ls/@a b  forgotten: 3 rings and its counters\n', err: '' });
  expect(server?.seen).toMatchObject([
    { method: 'DELETE', url: '/v1/classes/command%2Fls%2F%40a%20b/history?tenant=acme' },
  ]);
});

test('an export that the server refuses is told like any refusal', async () => {
  const run = await history(['export'], problem('store_unavailable', 'Redis is not connected.'));
  expect(run).toMatchObject({ code: 1, out: '', err: expect.stringContaining('Redis is not connected') });
});
