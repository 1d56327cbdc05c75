export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** Durations below ten seconds show tenths of a second. */
const TENTH_MS = 100;
const TENTHS_BELOW = 100;
const SECONDS_PER_MINUTE = 60;
const SECONDS_PER_HOUR = 3_600;
const MINUTES_PER_HOUR = 60;
const MINUTES_PER_DAY = 1_440;
const HOURS_PER_DAY = 24;

/**
 * A duration for people: `420 ms`, `3.4 s`, `25 s`, `10 min`, `1 min 30 s`, `2 h 5 min`, `3 d 4 h`. The only formatter:
 * sentences of decisions, command line and dashboard show one duration in the same words. Negative counts as zero.
 */
export function durationText(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (Math.round(ms) < SECOND_MS) return `${Math.round(ms)} ms`;
  const tenths = Math.round(ms / TENTH_MS);
  if (tenths < TENTHS_BELOW) return `${tenths / (SECOND_MS / TENTH_MS)} s`;
  const seconds = Math.round(ms / SECOND_MS);
  if (seconds < SECONDS_PER_MINUTE) return `${seconds} s`;
  if (seconds < SECONDS_PER_HOUR) return twoUnits(seconds, { per: SECONDS_PER_MINUTE, large: 'min', small: 's' });
  const minutes = Math.round(ms / MINUTE_MS);
  if (minutes < MINUTES_PER_DAY) return twoUnits(minutes, { per: MINUTES_PER_HOUR, large: 'h', small: 'min' });
  return twoUnits(Math.round(ms / HOUR_MS), { per: HOURS_PER_DAY, large: 'd', small: 'h' });
}

/** An amount of the small unit, which has been rounded already, as whole large units and a rest. */
function twoUnits(amount: number, units: { per: number; large: string; small: string }): string {
  const large = `${Math.floor(amount / units.per)} ${units.large}`;
  const rest = amount % units.per;
  return rest === 0 ? large : `${large} ${rest} ${units.small}`;
}
