import { parsePolicy } from '@leeway/contract';
import type { ClassRecord, HistoryReader } from '@leeway/queue';
import { describe, expect, it } from 'vitest';
import { ClassReading, CLASSES_SHOWN } from './class-reading.js';

const record = (name: string, lastAt: string, running = 0): ClassRecord => ({
  tenant: 'default',
  class: `command/${name}`,
  lastAt,
  running,
  counters: { succeeded: 3 },
});

/** A reading over classes that a test sets, which counts how often history is read. */
function setUp(classes: ClassRecord[]) {
  let nowMs = 0;
  const state = { classes, reads: 0, away: false };
  const history: HistoryReader = {
    read: (keys) => {
      state.reads += 1;
      return state.away
        ? Promise.reject(new Error('away'))
        : Promise.resolve(new Map(keys.map((key) => [key, { samples: [] }])));
    },
    runningSince: () => Promise.resolve([]),
  };
  const reading = new ClassReading({
    verbs: { classes: () => Promise.resolve(state.classes) },
    history,
    policy: parsePolicy(),
    clock: { monotonicMs: () => nowMs, wallMs: () => nowMs },
  });
  return { reading, state, wait: (ms: number) => (nowMs += ms) };
}

describe('reading what was learned', () => {
  it('lists by name, so that rows keep their places', async () => {
    const { reading } = setUp([record('b', '2026-11-21T10:00:01.000Z'), record('a', '2026-11-21T10:00:00.000Z')]);
    expect((await reading.read()).map((info) => info.class)).toEqual(['command/a', 'command/b']);
  });

  it('reads the history of a class again only when something happened to it, or after a while', async () => {
    const { reading, state, wait } = setUp([
      record('a', '2026-11-21T10:00:00.000Z'),
      record('b', '2026-11-21T10:00:00.000Z'),
    ]);
    await reading.read();
    await reading.read();
    // One for both: they share the general rings.
    expect(state.reads).toBe(1);
    state.classes = [record('a', '2026-11-21T10:00:00.000Z', 1), record('b', '2026-11-21T10:00:00.000Z')];
    expect((await reading.read())[0]?.running).toBe(1);
    expect(state.reads).toBe(2);
    wait(10_000);
    await reading.read();
    expect(state.reads).toBe(3);
  });

  it('shows static limits where history cannot be read (F19)', async () => {
    const { reading, state } = setUp([record('a', '2026-11-21T10:00:00.000Z')]);
    state.away = true;
    expect(await reading.read()).toMatchObject([
      { class: 'command/a', level: null, basis: 'static', deadlineMs: 600_000, succeeded: 3 },
    ]);
    state.away = false;
    expect(await reading.read()).toMatchObject([{ class: 'command/a', basis: 'prior' }]);
  });

  it('keeps to the classes seen last', async () => {
    const many = Array.from({ length: 100 }, (_, index) => record(`x${index}`, new Date(index * 1_000).toISOString()));
    const { reading } = setUp(many);
    const shown = await reading.read();
    expect(shown).toHaveLength(CLASSES_SHOWN);
    expect(shown.map((info) => info.class)).toContain('command/x99');
    expect(shown.map((info) => info.class)).not.toContain('command/x0');
  });
});
