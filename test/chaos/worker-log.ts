import type { Span } from './trouble.js';

/** So much before and after, in ms. */
const AROUND_MS = 3_000;

/** What a worker process logged around a time, with the time of each line as `stamp` writes it. */
export function logAround(
  { pid, lines }: { pid: number; lines: readonly string[] },
  { from, to }: Span,
  stamp: (at: number) => string,
): string[] {
  const said = lines.map(parseLine).filter(({ at }) => at >= from - AROUND_MS && at <= to + AROUND_MS);
  return [`  log of ${pid}:`, ...said.map(({ at, text }) => `    ${stamp(at)} ${text}`)];
}

function parseLine(line: string): { at: number; text: string } {
  try {
    const { time, msg, attempt } = JSON.parse(line) as { time?: string; msg?: string; attempt?: string };
    return { at: Date.parse(time ?? ''), text: `${attempt ?? ''} ${msg ?? line}`.trim() };
  } catch {
    return { at: NaN, text: line };
  }
}
