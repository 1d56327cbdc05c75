import { describe, expect, test } from 'vitest';
import { DECISION, scriptedCli } from '../../../testing/scripted-cli.js';
import { json } from '../../../testing/scripted-server.js';

const cli = scriptedCli();

describe('leeway estimate', () => {
  test('shows the deadline and its reason, and submits nothing', async () => {
    const reply = json({ class: 'command/node/x.js', decision: DECISION });
    const run = await cli.run(['estimate', '--label', 'report', '--', 'node', 'x.js'], reply);
    expect(cli.seen.map(({ url }) => url)).toEqual(['/v1/estimates']);
    expect(run.out.split('\n')).toEqual([
      'Deadline 12 s: twice what 19 of 20 of 40 runs took.',
      'class      command/node/x.js',
      'deadline   12 s',
      'expected   5 s',
      'late       after 8 s',
      '',
    ]);
  });

  test('shows that there is no timeout where none was asked for (F23)', async () => {
    const limits = { deadlineMs: 86_400_000, expectedMs: 4_000, lateMs: null };
    const caps = [{ name: 'backstop', limitMs: 86_400_000, bit: true }];
    const decision = { ...limits, caps, sentence: 'No timeout, as the submission asked.' };
    const run = await cli.run(['estimate', '--timeout', 'none', 'true'], json({ class: 'command/true', decision }));
    expect(cli.body()).toEqual({ kind: 'command', input: { argv: ['true'] }, timeoutMs: 'none' });
    expect(run.out).toContain('deadline   no timeout\n');
  });

  test('shows each step of a workflow with its share of the time', async () => {
    const steps = [{ name: 'fetch', class: 'command/node/x.js', share: 0.3, decision: DECISION }];
    const reply = json({ class: 'workflow', decision: DECISION, steps });
    const run = await cli.run(['estimate', '--', 'node', 'x.js'], reply);
    expect(run.out).toContain(`step       fetch, 30 % of the time. ${DECISION.sentence}`);
  });
});

describe('leeway classes', () => {
  const learned = {
    ...{ class: 'chat/m', samples: 40, p50Ms: 900, p95Ms: 1_800, deadlineMs: 3_600 },
    ...{ succeeded: 38, failed: 0, killed: 2, falseKills: 1, falseKillRate: 0.025 },
    ...{ mode: 'on', falseKillAlarm: false, sentence: 'Deadline 3.6 s: 2 times 1.8 s.' },
  };

  test('shows the figures of one class, the share of false kills, and the reason of the deadline', async () => {
    const run = await cli.run(['classes', 'chat/m'], json(learned));
    expect(cli.seen[0]!.url).toBe('/v1/classes/chat%2Fm');
    const [, row, sentence] = run.out.split('\n');
    expect(row).toMatch(/^chat\/m +40 +900 ms +1\.8 s +3\.6 s +38 +0 +2 +1 \(2\.5 %\)$/);
    expect(sentence).toBe('Deadline 3.6 s: 2 times 1.8 s.');
  });

  test.each([
    [{ falseKillAlarm: true }, '10 min (alarm)'],
    [{ mode: 'shadow' }, '10 min (shadow)'],
    [{}, '10 min'],
  ])('marks a static limit that replaces the learned deadline: %j (F61)', async (given, shown) => {
    const run = await cli.run(['classes', 'chat/m'], json({ ...learned, deadlineMs: 600_000, ...given }));
    expect(run.out.split('\n')[1]).toContain(`  ${shown}  `);
  });

  test('shows that nothing was learned yet where there are no classes', async () => {
    expect((await cli.run(['classes'], json({ classes: [] }))).out).toBe('nothing learned yet\n');
  });
});
