import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { heldCommand } from './held-command.js';
import { aliveWithMarker, spawnProcess } from './process.js';
import { waitUntil } from './wait-until.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-held-command-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a held command', () => {
  it('runs until it is released, however many times it was started, and not at all after that', async () => {
    const held = heldCommand(folder);
    const first = [spawnProcess(held.argv), spawnProcess(held.argv)];
    await waitUntil(() => aliveWithMarker(held.argv.at(-1) ?? '').length === 4, {
      what: 'two shells and two children',
    });
    expect(first.map((each) => each.isRunning())).toEqual([true, true]);
    held.release();
    held.release();
    for (const each of [...first, spawnProcess(held.argv)]) {
      expect(await each.waitForLine('done')).toBe('done');
      expect(await each.ended).toEqual({ code: 0, signal: null });
    }
  });
});
