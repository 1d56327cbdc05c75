const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** The youngest age that is told from none. */
const TENTH = 0.1;
/** Below this a tenth of a second is worth showing. */
const TENTHS_BELOW_MS = 10 * SECOND_MS;

/** A duration as people say it: `240 ms`, `3.2 s`, `41 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. Negative counts as zero. */
export function durationText(durationMs: number): string {
  const ms = Math.max(0, durationMs);
  if (Math.round(ms) < SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < TENTHS_BELOW_MS - SECOND_MS / 20) return `${(ms / SECOND_MS).toFixed(1)} s`;
  const seconds = Math.round(ms / SECOND_MS) * SECOND_MS;
  if (seconds < MINUTE_MS) return `${seconds / SECOND_MS} s`;
  if (seconds < HOUR_MS) return twoUnits(seconds, { bigMs: MINUTE_MS, big: 'min', smallMs: SECOND_MS, small: 's' });
  if (seconds < DAY_MS) return twoUnits(seconds, { bigMs: HOUR_MS, big: 'h', smallMs: MINUTE_MS, small: 'min' });
  return twoUnits(seconds, { bigMs: DAY_MS, big: 'd', smallMs: HOUR_MS, small: 'h' });
}

interface Units {
  bigMs: number;
  big: string;
  smallMs: number;
  small: string;
}

function twoUnits(ms: number, units: Units): string {
  const whole = Math.floor(ms / units.bigMs);
  const rest = Math.floor((ms % units.bigMs) / units.smallMs);
  return rest === 0 ? `${whole} ${units.big}` : `${whole} ${units.big} ${rest} ${units.small}`;
}

/** For a value that may be unknown: an em dash then. */
export function durationOrDash(durationMs: number | null | undefined): string {
  return durationMs === null || durationMs === undefined ? '—' : durationText(durationMs);
}

/** An age that changes while one looks: tenths of a second, so that the figure does not jump about. */
export function ageText(ageMs: number): string {
  if (ageMs >= SECOND_MS) return `${durationText(ageMs)} ago`;
  return `${Math.max(TENTH, ageMs / SECOND_MS).toFixed(1)} s ago`;
}

/** How long ago, for a moment that may lie a little ahead when two machines' clocks differ. */
export function agoText(ageMs: number): string {
  return ageMs < SECOND_MS ? 'just now' : `${durationText(ageMs)} ago`;
}
