import { parsePolicy } from '@leeway/contract';
import { waitUntil } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestLeash, testContext, type TestLeash } from '../../../testing/command/test-leash.js';
import { createCommandHandler } from './command-handler.js';
import type { CommandResult } from './command-result.js';

vi.setConfig({ testTimeout: 20_000 });

const LATE_EXIT_MS = 300;
const KEEPS_RUNNING = 'setInterval(() => {}, 1000)';
const policy = parsePolicy({ commands: { lateExitMs: LATE_EXIT_MS } });
let leash: TestLeash;
beforeAll(async () => {
  leash = startTestLeash();
  await leash.ready();
});
afterAll(() => leash.close());

function run(input: object, context = testContext()): Promise<CommandResult> {
  const handler = createCommandHandler({ leash, policy, env: process.env });
  return handler.run(input, context) as Promise<CommandResult>;
}

const node = (script: string) => ['node', '-e', script];
const prints = (event: object) => `console.log(${JSON.stringify(JSON.stringify(event))});`;
const RESULT = { type: 'result', subtype: 'success', result: 'All done.', num_turns: 1 };

/** A context that records calls of `complete`. */
function completing() {
  const context = testContext();
  const completed = vi.spyOn(context, 'complete');
  return { context, completed };
}

describe('a command that has printed its done marker', () => {
  it('and exits by itself has an ordinary result (F88)', async () => {
    const result = await run({ argv: node('console.log("READY")'), doneMarker: 'READY' });
    expect(result).toEqual({ exitCode: 0, signal: null, stdout: 'READY\n', stderr: '', truncated: false });
  });

  it('and keeps running is ended after lateExitMs, and has succeeded with lateExit (F88)', async () => {
    const { context, completed } = completing();
    const argv = node(`console.log("half READY\\nREADY"); ${KEEPS_RUNNING}`);
    const result = await run({ argv, doneMarker: 'READY' }, context);
    expect(result).toMatchObject({ exitCode: null, signal: 'SIGTERM', lateExit: true });
    expect(completed).toHaveBeenCalledOnce();
  });

  it('has succeeded also when a clock ends it meanwhile (F88)', async () => {
    const { context, completed } = completing();
    const ended = run({ argv: node(`console.log("READY"); ${KEEPS_RUNNING}`), doneMarker: 'READY' }, context);
    await waitUntil(() => completed.mock.calls.length === 1, { what: 'the marker' });
    context.stop({ cause: 'deadline', message: 'over' });
    expect(await ended).toMatchObject({ signal: 'SIGTERM', lateExit: true });
  });

  it('and exits with another code has failed (F83)', async () => {
    const ended = run({ argv: node('console.log("READY"); process.exitCode = 3'), doneMarker: 'READY' });
    await expect(ended).rejects.toMatchObject({ code: 'exit_nonzero', result: { exitCode: 3 } });
  });

  it('only as a part of a line, or on stderr, counts as one without marker', async () => {
    const { context, completed } = completing();
    const argv = node('console.error("READY"); console.log("READY?"); process.stdout.write("READY")');
    expect(await run({ argv, doneMarker: 'READY' }, context)).not.toHaveProperty('lateExit');
    expect(completed).not.toHaveBeenCalled();
  });
});

describe('a command that prints a stream of JSON events', () => {
  it('has the text as output, the lines as stdout, and the closing event in its result (F88)', async () => {
    const context = testContext();
    const event = { type: 'assistant', message: { content: [{ type: 'text', text: 'Hello.' }] } };
    const result = await run({ argv: node(prints(event) + prints(RESULT)), format: 'stream-json' }, context);
    expect(result).toMatchObject({
      exitCode: 0,
      agent: { failed: false, text: 'All done.', turns: 1 },
      stdout: `${JSON.stringify(event)}\n${JSON.stringify(RESULT)}\n`,
    });
    expect(context.outputs).toEqual([{ text: 'Hello.\n', stream: 'text' }]);
  });

  it('and keeps running after its closing event is ended and has succeeded (F88)', async () => {
    const result = await run({ argv: node(prints(RESULT) + KEEPS_RUNNING), format: 'stream-json' });
    expect(result).toMatchObject({ lateExit: true, agent: { failed: false } });
  });

  it('and reports an error has failed, whatever its exit code, also when it keeps running (F83)', async () => {
    const bad = { type: 'result', subtype: 'error_max_turns', is_error: true };
    for (const then of ['', KEEPS_RUNNING]) {
      const { context, completed } = completing();
      await expect(run({ argv: node(prints(bad) + then), format: 'stream-json' }, context)).rejects.toMatchObject({
        code: 'agent_failed',
        message: '"node" reported an error: error_max_turns',
      });
      expect(completed).not.toHaveBeenCalled();
    }
  });

  it('and ends without a closing event has the outcome of its exit code', async () => {
    expect(await run({ argv: node('0'), format: 'stream-json' })).toMatchObject({ exitCode: 0, agent: null });
    await expect(run({ argv: node('process.exit(4)'), format: 'stream-json' })).rejects.toMatchObject({
      code: 'exit_nonzero',
    });
  });
});
