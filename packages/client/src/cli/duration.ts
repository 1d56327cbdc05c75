const UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PART = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)/;

/** Reads `250ms`, `30s`, `1m30s`, `1.5h`, `2d` as milliseconds. A figure without a unit is refused: nobody knows which was meant. */
export function parseDuration(text: string): number {
  let rest = text;
  let totalMs = 0;
  while (rest !== '') {
    const [whole, amount, unit] = PART.exec(rest) ?? refuse(text);
    totalMs += Number(amount) * (UNITS_MS[unit as string] as number);
    rest = rest.slice((whole as string).length);
  }
  return text === '' ? refuse(text) : Math.round(totalMs);
}

function refuse(text: string): never {
  throw new RangeError(`expected a duration with a unit, such as 250ms, 30s, 1m30s or 2h; got "${text}"`);
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Below this a tenth of a second matters to the reader. */
const FINE_BELOW_MS = 10_000;

/** A duration for people: `420 ms`, `3.4 s`, `25 s`, `10 min`, `1 min 30 s`, `2 h 5 min`, `3 d`. */
export function showDuration(durationMs: number): string {
  const ms = Math.max(0, Math.round(durationMs));
  if (ms < SECOND_MS) return `${ms} ms`;
  if (ms < FINE_BELOW_MS) return `${trimZero((ms / SECOND_MS).toFixed(1))} s`;
  if (Math.round(ms / SECOND_MS) * SECOND_MS < MINUTE_MS) return `${Math.round(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return two(Math.round(ms / SECOND_MS), { per: 60, large: 'min', small: 's' });
  if (ms < DAY_MS) return two(Math.round(ms / MINUTE_MS), { per: 60, large: 'h', small: 'min' });
  return two(Math.round(ms / HOUR_MS), { per: 24, large: 'd', small: 'h' });
}

function two(amount: number, units: { per: number; large: string; small: string }): string {
  const small = amount % units.per;
  const large = `${Math.floor(amount / units.per)} ${units.large}`;
  return small === 0 ? large : `${large} ${small} ${units.small}`;
}

function trimZero(figure: string): string {
  return figure.replace(/\.0$/, '');
}
