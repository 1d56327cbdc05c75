import { durationText, percentText, SECOND_MS } from '@leeway/contract';

/** The shortest age that is shown, in seconds: a heartbeat that has just arrived is still some time old. */
const SHORTEST_AGE_S = 0.1;

/** A duration, or a dash where it is not known. */
export function durationOrDash(durationMs: number | null | undefined): string {
  return durationMs === null || durationMs === undefined ? '—' : durationText(durationMs);
}

/** A part of a whole as a percentage, or a dash of nothing. */
export function percentOrDash(part: number, whole: number): string {
  return whole === 0 ? '—' : percentText(part / whole);
}

/** An age that is redrawn every second: in tenths of a second, so that its unit does not change from one to the next. */
export function ageText(ageMs: number): string {
  if (ageMs >= SECOND_MS) return `${durationText(ageMs)} ago`;
  return `${Math.max(SHORTEST_AGE_S, ageMs / SECOND_MS).toFixed(1)} s ago`;
}

/** How long ago a moment was; it may lie a little ahead where the clocks of two machines differ. */
export function agoText(ageMs: number): string {
  return ageMs < SECOND_MS ? 'just now' : `${durationText(ageMs)} ago`;
}
