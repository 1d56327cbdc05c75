import { readFileSync } from 'node:fs';
import { type Decision, parsePolicy } from '@leeway/contract';
import {
  AttemptMonitor,
  EXTENSION_STEP,
  FRESH_MS,
  PhaseWalk,
  REPEATED_WORDS,
  SHORTENED_IDLE,
  SUSPECT_SHARE,
  TOOL_QUICK_MS,
  TOOL_REPEATS,
} from '@leeway/supervision';
import { recordingContext } from '@leeway/testkit';
import { describe, expect, it, test } from 'vitest';
import { phasesOf } from '../decision/phases.js';
import { AgentStream } from '../handlers/command/stream-json/agent-stream.js';

const page = readFileSync(new URL('../../../../docs/streaming.md', import.meta.url), 'utf8');
const policy = parsePolicy();
const SECOND_MS = 1_000;

/** The cells of the table under a line that begins like this. */
function table(heading: string): string[][] {
  const [, after = ''] = page.split(`\n${heading}`);
  const rows = /(?:\n\|.*)+/.exec(after)?.[0].trim().split('\n').slice(1) ?? [];
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('docs/streaming.md', () => {
  const events = table('| event | output |');
  test.each(events)('%s', (...cells) => {
    const [event = '', output = '', first = '', activity = '', clock = ''] = cells;
    const { context, values } = recordingContext();
    const stream = new AgentStream({ context, countThinking: true, maxLineChars: 10_000, onResult: () => undefined });
    const push = (line: string) => stream.push(Buffer.from(`${line.replaceAll('`', '')}\n`));
    // Its tool runs already.
    if (clock === 'stops') push(events.find(([, , , , change]) => change === 'starts')?.[0] ?? '');
    const before = { output: values('output').length, activity: values('activity').length };
    push(event);
    const outputs = values('output').slice(before.output);
    expect(outputs.join('')).toBe(output === '' ? '' : `${output.replaceAll('`', '')}\n`);
    expect(values('output').length > 0 ? 'yes' : 'no').toBe(first);
    expect(outputs.length + values('activity').length - before.activity > 0 ? 'yes' : 'no').toBe(activity);
    expect(values('tool').at(-1)).toBe({ starts: true, stops: false }[clock]);
  });

  it('has the extensions that the monitor gives (F116)', () => {
    const steps = table('| the clock is at | new deadline |');
    const decision = { deadlineMs: 20 * SECOND_MS, hardCapMs: 3_600 * SECOND_MS } as Decision;
    let elapsedMs = 0;
    const monitor = new AttemptMonitor({
      rules: policy.monitor,
      acts: true,
      stuckBefore: 0,
      events: { add: () => undefined },
      supervisor: {
        get elapsedMs() {
          return elapsedMs;
        },
        currentDecision: decision,
        tightenIdle: () => undefined,
        stop: () => undefined,
        closed: false,
      },
    });
    const computed = steps.map(([clock = '']) => {
      elapsedMs = Number.parseInt(clock, 10) * SECOND_MS;
      monitor.output(`At ${elapsedMs} there is something new. `, 'text');
      const extension = monitor.extension({ ...decision, deadlineMs: elapsedMs });
      return [clock, extension === null ? 'ended' : `${extension.deadlineMs / SECOND_MS} s`];
    });
    expect(computed).toEqual(steps);
  });

  it('has the phases and windows that an attempt gets (F106)', () => {
    const rows = table('| phase | begins at | window |');
    const decision = { deadlineMs: 300 * SECOND_MS } as Decision;
    const walk = new PhaseWalk(
      phasesOf(decision, { kind: 'chat', input: {}, tier: 'enterprise', stream: true }, policy),
    );
    const begun = [walk.current, walk.advance(20 * SECOND_MS), ...walk.tick(300 * SECOND_MS)];
    const seconds = (ms = 0) => `${ms / SECOND_MS} s`;
    expect(begun.map((phase) => [phase?.name, seconds(phase?.startedAtMs), seconds(phase?.windowMs)])).toEqual(rows);
  });

  it('names the defaults and constants that hold', () => {
    expect([FRESH_MS, EXTENSION_STEP, SHORTENED_IDLE]).toMatchObject([
      15_000,
      { share: 0.25 },
      { share: 0.5, floorMs: 30_000 },
    ]);
    expect([SUSPECT_SHARE, REPEATED_WORDS, TOOL_REPEATS, TOOL_QUICK_MS]).toEqual([0.9, 1_200, 12, 5_000]);
    const { monitor, commands, supervision, limits, phases } = policy;
    expect({ monitor, commands, supervision, limits, phases }).toMatchObject({
      monitor: {
        kinds: { chat: 'act', 'command.stream-json': 'act', command: 'watch', '*': 'watch' },
        ...{ extendFactor: 2, patienceMs: 60_000, toolPatienceMs: 300_000 },
      },
      commands: { lateExitMs: 5_000, countThinking: true },
      supervision: { progressEveryMs: 8_000 },
      limits: { maxPauseMs: 3_600_000 },
      phases: { windowMs: 60_000, endAttempt: false },
    });
  });
});
