import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { scriptedCli } from '../../../testing/scripted-cli.js';
import { json, problem, type Answer } from '../../../testing/scripted-server.js';

const HISTORY =
  '{"format":"leeway-history","version":1}\n{"metric":"total","level":"command/ls","kind":"exact","value":5,"at":"2026-11-01T10:00:00Z"}\n';

const cli = scriptedCli();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Sends the history in two pieces, cut in the middle of a line; then ends, or breaks off. */
function download(then: 'end' | 'break'): Answer {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.write(HISTORY.slice(0, 50), () => (then === 'end' ? response.end(HISTORY.slice(50)) : response.destroy()));
  };
}

describe('leeway history export', () => {
  test('prints the history unchanged (F54)', async () => {
    const run = await cli.run(['history', 'export', '--tenant', 'acme'], download('end'));
    expect(run).toEqual({ code: 0, out: HISTORY, err: '' });
    expect(cli.seen[0]).toMatchObject({ method: 'GET', url: '/v1/history/export?tenant=acme' });
  });

  test('writes a file and prints how many observations it has (F54)', async () => {
    const file = join(folder, 'history.ndjson');
    const run = await cli.run(['history', 'export', '--file', file, '--json'], download('end'));
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(run.out)).toEqual({ file, observations: 1 });
    expect(readFileSync(file, 'utf8')).toBe(HISTORY);
  });

  test('that breaks off leaves the existing file unchanged and no partial one', async () => {
    const file = join(folder, 'history.ndjson');
    writeFileSync(file, 'of before');
    const run = await cli.run(['history', 'export', '--file', file], download('break'));
    expect(run.code).toBe(1);
    expect(run.err).toContain('cannot reach');
    expect(readFileSync(file, 'utf8')).toBe('of before');
    expect(readdirSync(folder)).toEqual(['history.ndjson']);
  });

  test('to a file that cannot be written is a usage error', async () => {
    const run = await cli.run(['history', 'export', '--file', join(folder, 'none', 'x')], download('end'));
    expect(run).toMatchObject({ code: 2, out: '' });
    expect(run.err).toContain('cannot write');
  });

  test('that the server refuses prints the reason', async () => {
    const run = await cli.run(['history', 'export'], problem('store_unavailable', 'Redis is not connected.'));
    expect(run).toMatchObject({ code: 1, out: '', err: expect.stringContaining('Redis is not connected') });
  });
});

describe('leeway history import', () => {
  const reply = { tenant: 'acme', observations: 1, rings: 1, added: 1 };

  test('sends the file unchanged and prints how much was added (F54)', async () => {
    const file = join(folder, 'history.ndjson');
    writeFileSync(file, HISTORY);
    const run = await cli.run(['history', 'import', '--file', file], json(reply));
    expect(run).toEqual({ code: 0, out: '1 of 1 observation added to 1 ring of acme\n', err: '' });
    expect(cli.seen[0]).toMatchObject({ method: 'POST', url: '/v1/history/import', body: HISTORY });
    expect(cli.seen[0]?.headers['content-type']).toBe('application/x-ndjson');
  });

  test('reads standard input with --file -', async () => {
    const run = await cli.run(['history', 'import', '--file', '-', '--json'], json(reply), { stdin: HISTORY });
    expect(JSON.parse(run.out)).toEqual(reply);
    expect(cli.seen[0]?.body).toBe(HISTORY);
  });

  test('that is refused prints the lines that are invalid', async () => {
    const refusal = problem('invalid_request', 'Nothing was imported. line 3: /value');
    const run = await cli.run(['history', 'import', '--file', '-'], refusal, { stdin: 'x' });
    expect(run.code).toBe(1);
    expect(run.err).toContain('line 3: /value');
  });

  test('without a file, or with one that does not exist, is a usage error, and nothing is sent', async () => {
    expect((await cli.run(['history', 'import'], json(reply))).code).toBe(2);
    expect(cli.seen).toEqual([]);
    const run = await cli.run(['history', 'import', '--file', join(folder, 'none')], json(reply));
    expect(run).toMatchObject({ code: 2, err: expect.stringContaining('cannot read observations from') });
    expect(cli.seen).toEqual([]);
  });
});

test('leeway history reset names the class and prints what was deleted (F51)', async () => {
  const deleted = { class: 'command/ls/@a b', tenant: 'acme', rings: 3, counters: true };
  const run = await cli.run(['history', 'reset', 'command/ls/@a b', '--tenant', 'acme'], json(deleted));
  expect(run).toEqual({ code: 0, out: 'command/ls/@a b  deleted: 3 rings and its counters\n', err: '' });
  expect(cli.seen).toMatchObject([
    { method: 'DELETE', url: '/v1/classes/command%2Fls%2F%40a%20b/history?tenant=acme' },
  ]);
});
