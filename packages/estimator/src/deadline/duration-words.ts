const SECOND = 1_000;
const UNITS: readonly [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [SECOND, 's'],
];
/** From this many of a unit on, decimals say nothing. */
const WHOLE_FROM = 10;

/** A duration for people: `850 ms`, `4.2 s`, `90 s`, `12 min`, `2.5 h`. */
export function durationWords(ms: number): string {
  for (const [size, unit] of UNITS) {
    const amount = ms / size;
    if (amount >= (unit === 's' ? 1 : 2))
      return `${amount < WHOLE_FROM ? Number(amount.toFixed(1)) : Math.round(amount)} ${unit}`;
  }
  return `${Math.round(ms)} ms`;
}
