import { describe, expect, it } from 'vitest';
import { PidOrder } from './pid-order.js';

describe('PidOrder', () => {
  it('lets descendants be looked for from their ancestor on, as long as the numbers rise', () => {
    let last = 1_000;
    const order = new PidOrder(() => last);
    const birth = { pid: 990, round: order.round() };
    expect(order.lowestOf(birth)).toBe(990);
    last = 30_000;
    expect(order.lowestOf(birth)).toBe(990);
  });

  it('has them looked for everywhere once the numbers have begun anew, also when they have passed the ancestor again', () => {
    let last = 32_000;
    const order = new PidOrder(() => last);
    const birth = { pid: 31_990, round: order.round() };
    last = 400;
    expect(order.lowestOf(birth)).toBe(0);
    last = 32_100;
    expect(order.lowestOf(birth)).toBe(0);
    const later = { pid: 32_050, round: order.round() };
    expect(order.lowestOf(later)).toBe(32_050);
  });

  it('has them looked for everywhere when the birth is not known, or the system does not tell', () => {
    expect(new PidOrder(() => 1_000).lowestOf({ pid: 990, round: null })).toBe(0);
    const mute = new PidOrder(() => 0);
    expect(mute.lowestOf({ pid: 990, round: mute.round() })).toBe(0);
  });
});
