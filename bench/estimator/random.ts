/** A seeded sequence of numbers in [0, 1), the same on every machine. */
export type Random = () => number;

const HASH_PRIME = 16_777_619;
const HASH_START = 2_166_136_261;
const STEP = 0x6d2b79f5;
const RANGE = 4_294_967_296;

/** Mulberry32, seeded by any text. */
export function randomFrom(seed: string): Random {
  let state = HASH_START;
  for (let at = 0; at < seed.length; at += 1) state = Math.imul(state ^ seed.charCodeAt(at), HASH_PRIME);
  return () => {
    state = (state + STEP) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / RANGE;
  };
}

/** A whole number from 0 to below `bound`. */
export function below(random: Random, bound: number): number {
  return Math.floor(random() * bound);
}

/** A standard normal number (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
