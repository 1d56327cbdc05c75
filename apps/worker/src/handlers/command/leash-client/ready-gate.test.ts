import { describe, expect, it } from 'vitest';
import { ReadyGate } from './ready-gate.js';

const LONG_MS = 60_000;
const late = (): Error => new Error('late');

describe('ReadyGate', () => {
  it('resolves waiting calls when it opens, and later ones at once, until it shuts', async () => {
    const gate = new ReadyGate();
    const waiting = gate.pass(LONG_MS, late);
    gate.open();
    await waiting;
    await gate.pass(0, late);
    gate.shut();
    await expect(gate.pass(1, late)).rejects.toThrow('late');
  });

  it('rejects waiting and later calls once it is closed', async () => {
    const gate = new ReadyGate();
    const waiting = gate.pass(LONG_MS, late);
    gate.close(new Error('closed'));
    await expect(waiting).rejects.toThrow('closed');
    gate.open();
    await expect(gate.pass(LONG_MS, late)).rejects.toThrow('closed');
  });
});
