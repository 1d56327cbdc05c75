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

/** A reading over the classes of a test, which counts the reads of history. */
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
    queue: { classes: () => Promise.resolve(state.classes) },
    history,
    policy: parsePolicy(),
    clock: { monotonicMs: () => nowMs, wallMs: () => nowMs },
  });
  return { reading, state, wait: (ms: number) => (nowMs += ms) };
}

describe('the figures of classes', () => {
  it('are sorted by name, so that rows do not move', async () => {
    const { reading } = setUp([record('b', '2026-11-21T10:00:01.000Z'), record('a', '2026-11-21T10:00:00.000Z')]);
    expect((await reading.read()).map((info) => info.class)).toEqual(['command/a', 'command/b']);
  });

  it('are read again only when an attempt has started or ended, or when they are too old', async () => {
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

  it('are the static limits while history cannot be read (F19)', async () => {
    const { reading, state } = setUp([record('a', '2026-11-21T10:00:00.000Z')]);
    state.away = true;
    expect(await reading.read()).toMatchObject([
      { class: 'command/a', level: null, basis: 'static', deadlineMs: 600_000, succeeded: 3 },
    ]);
    state.away = false;
    expect(await reading.read()).toMatchObject([{ class: 'command/a', basis: 'prior' }]);
  });

  it('are those of the classes with the newest attempts', async () => {
    const many = Array.from({ length: 100 }, (_, index) => record(`x${index}`, new Date(index * 1_000).toISOString()));
    const { reading } = setUp(many);
    const shown = await reading.read();
    expect(shown).toHaveLength(CLASSES_SHOWN);
    expect(shown.map((info) => info.class)).toContain('command/x99');
    expect(shown.map((info) => info.class)).not.toContain('command/x0');
  });
});
