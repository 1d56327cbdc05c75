import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parsePolicy, type Intent } from '@leeway/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEALTHY, play, STUCK } from '../../testing/golden-streams.js';
import { FRESH_MS, type Finding, StreamMonitor } from './stream-monitor.js';

const rules = parsePolicy().monitor;
const TEN_MINUTES_MS = 600_000;
const monitor = (patience?: number) => new StreamMonitor(rules, patience);

/** The findings of every second of a stream. */
function findings(stream: (typeof HEALTHY)[number], forMs = TEN_MINUTES_MS): (Finding & { atMs: number })[] {
  const reader = monitor();
  const found: (Finding & { atMs: number })[] = [];
  play(stream, forMs, (text, nowMs) => {
    reader.text(text, nowMs);
    if (nowMs - (found.at(-1)?.atMs ?? -Infinity) >= 1_000) found.push({ ...reader.finding(nowMs), atMs: nowMs });
  });
  return found;
}

describe('a healthy stream', () => {
  it.each(HEALTHY)('of $name is never reported as stuck (F115)', (stream) => {
    for (const { stuck, outOfPatience, atMs } of findings(stream))
      expect([stuck, outOfPatience, atMs]).toEqual([null, false, atMs]);
  });

  it.each(HEALTHY)('of $name is reported as fresh most of the time (F116)', (stream) => {
    const late = findings(stream).slice(30);
    expect(late.filter(({ fresh }) => fresh).length / late.length).toBeGreaterThan(0.49);
  });
});

describe('a stream that repeats itself', () => {
  it.each(STUCK)(
    'with $name is reported as stuck, and to be stopped only after the patience of the policy (F115)',
    (stream) => {
      const found = findings(stream);
      const first = found.find(({ stuck }) => stuck !== null);
      const last = found.at(-1);
      expect(first).toMatchObject({
        stuck: { what: 'repeated_text' },
        fresh: false,
        advice: expect.stringMatching(/shorten|stop/),
      });
      expect(last).toMatchObject({ outOfPatience: true, advice: 'stop', reason: 'its text repeats itself' });
      const stopAtMs = found.find(({ outOfPatience }) => outOfPatience)?.atMs ?? 0;
      expect(stopAtMs).toBeGreaterThanOrEqual(rules.patienceMs);
    },
  );

  it('is given twice the time when an earlier attempt was ended as stuck', () => {
    const [once, twice] = [monitor(1), monitor(2)];
    const untilStop = (reader: StreamMonitor) => {
      let atMs = 0;
      while (!reader.finding(atMs).outOfPatience) reader.text('The same words as ever and ever again. ', (atMs += 250));
      return atMs;
    };
    const [first, second] = [untilStop(once), untilStop(twice)];
    expect(second - first).toBeGreaterThanOrEqual(rules.patienceMs - 1_000);
  });

  it('is no longer stuck when something new comes', () => {
    const reader = monitor();
    play(STUCK[0] as (typeof STUCK)[number], TEN_MINUTES_MS, (text, nowMs) => reader.text(text, nowMs));
    expect(reader.finding(TEN_MINUTES_MS).stuck).not.toBeNull();
    play(HEALTHY[0] as (typeof HEALTHY)[number], 30_000, (text, nowMs) => reader.text(text, TEN_MINUTES_MS + nowMs));
    expect(reader.finding(TEN_MINUTES_MS + 30_000)).toMatchObject({ stuck: null, fresh: true, advice: 'extend' });
  });

  it('does not count as stuck for longer while it is silent, because silence has its own clock', () => {
    const reader = monitor();
    play(STUCK[0] as (typeof STUCK)[number], 70_000, (text, nowMs) => reader.text(text, nowMs));
    const { stuck } = reader.finding(70_000);
    expect(reader.finding(10 * TEN_MINUTES_MS).stuck).toEqual(stuck);
  });
});

describe('the beginning of a stream', () => {
  it('is a reason to extend with eleven tokens (F119)', () => {
    const reader = monitor();
    for (const [index, token] of 'I will now look into the three files that matter'.split(' ').entries())
      reader.text(`${token} `, index * 100);
    expect(reader.finding(1_500)).toMatchObject({ advice: 'extend', fresh: true, stuck: null, outOfPatience: false });
  });

  it('is no reason for anything while nothing has come', () => {
    expect(monitor().finding(60_000)).toEqual({
      ...{ intent: null, confidence: 0, stuck: null, fresh: false, outOfPatience: false },
      ...{ advice: 'keep', reason: 'there was nothing new lately' },
    });
  });

  it('is a reason to extend only while it is fresh', () => {
    const reader = monitor();
    reader.text('I begin with the first of them. ', 0);
    expect(reader.finding(FRESH_MS).advice).toBe('extend');
    expect(reader.finding(FRESH_MS + 1).advice).toBe('keep');
  });
});

describe('the intent of a stream', () => {
  it.each<[Intent, string]>([
    ['code', '```ts\nlet a = 1\na += 1\nprint(a)\n```\n'],
    ['code', 'function add(a, b) {\n  return a + b;\n}\nconst three = add(1, 2);\n'],
    ['explanation', 'The queue holds jobs until a worker is free.\nIt never forgets one of them.\n'],
    ['list', '- first\n- second\n- third\n'],
    ['list', '| name | age |\n| --- | --- |\n| Ada | 36 |\n'],
    ['thinking', 'Let me think about the order of the locks.\nHmm, that is not enough.\n'],
    ['thinking', 'Exploring the folder of the worker.\nInvestigating what the leash does.\n'],
    ['error', 'Error: no such file\nTraceback (most recent call last)\n'],
    ['completion', 'In summary, both of them hold.\nLet me know if you need more.\n'],
    ['continuation', 'Next, the second file is read.\nMoving on with the third of them.\n'],
  ])('is %s, of %j (F113, F114)', (intent, text) => {
    const reader = monitor();
    reader.text(text, 1_000);
    expect(reader.finding(1_000).intent).toBe(intent);
  });

  it('is thinking in the thinking channel whatever the words, and tool while tools are called (F113)', () => {
    const reader = monitor();
    reader.streamPart({ kind: 'thinking', text: 'const a = 1;\nconst b = 2;\n' }, 0);
    expect(reader.finding(0).intent).toBe('thinking');
    for (let index = 0; index < 9; index += 1)
      reader.streamPart({ kind: 'tool', index, name: 'Read', arguments: String(index) }, index);
    expect(reader.finding(9).intent).toBe('tool');
  });

  it('stays explanation when every fifth line is code (F113)', () => {
    const reader = monitor();
    const seen = new Set<Intent | null>();
    for (let n = 0; n < 40; n += 1) {
      reader.text(n % 5 === 4 ? 'const answer = 42;\n' : `The ${n}th part of it says how the queue works.\n`, n * 100);
      seen.add(reader.finding(n * 100).intent);
    }
    expect([...seen]).toEqual(['explanation']);
  });

  it('changes when most of the newest lines are something else', () => {
    const reader = monitor();
    reader.text('It explains the first thing.\nIt explains the second thing.\n', 0);
    reader.text('- one\n- two\n- three\n- four\n- five\n', 1_000);
    expect(reader.finding(1_000)).toMatchObject({ intent: 'list' });
    expect(reader.finding(1_000).confidence).toBeGreaterThan(0.5);
  });

  it('shortens silence at most, and never stops, when it is completion (F118)', () => {
    const reader = monitor();
    reader.text('In summary, all is well.\nHope this helps!\n', 0);
    expect(reader.finding(1_000)).toMatchObject({ intent: 'completion', advice: 'shorten', outOfPatience: false });
    expect(reader.finding(TEN_MINUTES_MS)).toMatchObject({ outOfPatience: false });
  });

  it('is error for words of an error, which never stop anything', () => {
    const reader = monitor();
    reader.text('FAILED: test_a\nerror: it does not compile\nfatal: no\n', 0);
    expect(reader.finding(1_000)).toMatchObject({ intent: 'error', advice: 'extend', outOfPatience: false });
  });
});

describe('tool calls', () => {
  /** So many rounds of calls and results, one a second. */
  function used(rounds: number, round: (n: number) => { call: string; result: string; tookMs?: number }): Finding {
    const reader = monitor();
    let atMs = 0;
    for (let n = 0; n < rounds; n += 1) {
      const { call, result, tookMs = 300 } = round(n);
      reader.streamPart({ kind: 'tool', index: n, name: 'Bash', arguments: call }, atMs);
      reader.streamPart({ kind: 'tool_result', text: result, failed: false }, atMs + tookMs);
      atMs += tookMs + 700;
    }
    return reader.finding(atMs);
  }

  it('are stuck when the same call has the same result again and again (F115)', () => {
    const finding = used(400, () => ({ call: 'cat a.txt', result: 'no such file' }));
    expect(finding).toMatchObject({ stuck: { what: 'repeated_tool_call' }, outOfPatience: true, advice: 'stop' });
  });

  it('are stuck when two calls alternate with the same results (F115)', () => {
    const finding = used(400, (n) => ({ call: n % 2 === 0 ? 'cat a.txt' : 'cat b.txt', result: 'no such file' }));
    expect(finding).toMatchObject({ stuck: { what: 'repeated_tool_call' }, outOfPatience: true });
  });

  it.each([
    ['another result each time', (n: number) => ({ call: 'npm test', result: `${n} tests pass` })],
    ['other arguments each time', (n: number) => ({ call: `cat ${n}.txt`, result: 'no such file' })],
    ['a wait in between', () => ({ call: 'sleep 30; gh run view', result: 'pending', tookMs: 30_000 })],
  ])('are not stuck with %s', (_, round) => {
    expect(used(400, round)).toMatchObject({ stuck: null, outOfPatience: false });
  });

  it('are not stuck after ten failures', () => {
    expect(used(10, () => ({ call: 'npm test', result: 'failed' }))).toMatchObject({ stuck: null });
  });

  it('are compared without results and from pieces', () => {
    const reader = monitor();
    for (let n = 0; n < 700; n += 1)
      for (const piece of ['{"path":', '"a.txt"}'])
        reader.streamPart(
          { kind: 'tool', index: n, name: piece.startsWith('{') ? 'Read' : '', arguments: piece },
          n * 1_000,
        );
    expect(reader.finding(700_000)).toMatchObject({ stuck: { what: 'repeated_tool_call' }, outOfPatience: true });
  });
});

describe('the memory of a monitor', () => {
  it('is below 16 kB however much it has read (F112)', () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const text = Array.from({ length: 200 }, (_, n) => HEALTHY[1]?.piece(n)).join('');
    const held = () => {
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const readers: StreamMonitor[] = [];
    const before = held();
    for (let n = 0; n < 100; n += 1) {
      const reader = monitor();
      reader.text(text, 0);
      for (let index = 0; index < 100; index += 1)
        reader.streamPart({ kind: 'tool', index, name: 'Read', arguments: text.slice(0, 2_000) }, 0);
      readers.push(reader);
    }
    expect((held() - before) / readers.length).toBeLessThan(16 * 1024);
  });
});

describe('any text', () => {
  it('gives the same findings however it is cut into pieces (F112)', () => {
    const all = [...HEALTHY, ...STUCK];
    fc.assert(
      fc.property(
        fc.nat({ max: all.length - 1 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 }),
        (which, lengths) => {
          const stream = all[which] as (typeof all)[number];
          const text = Array.from({ length: 60 }, (_, n) => stream.piece(n)).join('');
          const [whole, cut] = [monitor(), monitor()];
          whole.text(text, 5_000);
          for (let at = 0, n = 0; at < text.length; n += 1) {
            const length = lengths[n % lengths.length] ?? 1;
            cut.text(text.slice(at, at + length), 5_000);
            at += length;
          }
          expect(cut.finding(6_000)).toEqual(whole.finding(6_000));
        },
      ),
      { numRuns: 40 },
    );
  });

  const odd = fc.constantFrom('\ud800', '\0', '```', '| |', '\r\n', '𝒳', '\ufffe', ' ', '\u2028'.repeat(300));

  it('is read without an error, and its confidence is between 0 and 1 (F112)', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), odd), { maxLength: 8 }), (pieces) => {
        const reader = monitor();
        for (const [n, piece] of pieces.entries()) {
          reader.text(piece, n);
          reader.streamPart({ kind: 'thinking', text: piece }, n);
          reader.streamPart({ kind: 'tool', index: n, name: piece, arguments: piece }, n);
        }
        const { confidence, outOfPatience } = reader.finding(pieces.length);
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThanOrEqual(1);
        expect(outOfPatience).toBe(false);
      }),
      { numRuns: 30 },
    );
  });
});
