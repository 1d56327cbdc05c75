/** Epoch milliseconds as the API writes times; null where there is none. */
export function iso(timeMs: number | undefined): string | null {
  return timeMs === undefined ? null : new Date(timeMs).toISOString();
}
