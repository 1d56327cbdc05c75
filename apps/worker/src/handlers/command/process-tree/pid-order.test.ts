import { describe, expect, it } from 'vitest';
import { PidOrder } from './pid-order.js';

describe('PidOrder', () => {
  it('has the pid of the ancestor as the lowest one of its descendants, as long as pids rise', () => {
    let newest = 1_000;
    const order = new PidOrder(() => newest);
    const birth = { pid: 990, round: order.round() };
    expect(order.lowestOf(birth)).toBe(990);
    newest = 30_000;
    expect(order.lowestOf(birth)).toBe(990);
  });

  it('has 0 as the lowest one after a wrap, also when pids have passed the ancestor again', () => {
    let newest = 32_000;
    const order = new PidOrder(() => newest);
    const birth = { pid: 31_990, round: order.round() };
    newest = 400;
    expect(order.lowestOf(birth)).toBe(0);
    newest = 32_100;
    expect(order.lowestOf(birth)).toBe(0);
    const later = { pid: 32_050, round: order.round() };
    expect(order.lowestOf(later)).toBe(32_050);
  });

  it('has 0 as the lowest one when the start is unknown, or the system has no newest pid', () => {
    expect(new PidOrder(() => 1_000).lowestOf({ pid: 990, round: null })).toBe(0);
    const unknown = new PidOrder(() => 0);
    expect(unknown.lowestOf({ pid: 990, round: unknown.round() })).toBe(0);
  });
});
