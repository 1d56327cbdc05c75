import type { Span } from './disturbances.js';

/** Shown before and after the time, in ms. */
const AROUND_MS = 3_000;

/** The log of a worker process around a time; `stamp` formats the time of each line. */
export function logAround(
  { pid, lines }: { pid: number; lines: readonly string[] },
  { from, to }: Span,
  stamp: (at: number) => string,
): string[] {
  const around = lines.map(parseLine).filter(({ at }) => at >= from - AROUND_MS && at <= to + AROUND_MS);
  return [`  log of ${pid}:`, ...around.map(({ at, text }) => `    ${stamp(at)} ${text}`)];
}

function parseLine(line: string): { at: number; text: string } {
  try {
    const { time, msg, attempt } = JSON.parse(line) as { time?: string; msg?: string; attempt?: string };
    return { at: Date.parse(time ?? ''), text: `${attempt ?? ''} ${msg ?? line}`.trim() };
  } catch {
    return { at: NaN, text: line };
  }
}
