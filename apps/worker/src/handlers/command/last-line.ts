const QUOTED_CHARS = 200;

/** `: <the last line>` in shortened form, for the end of an error message; `.` where the text is empty. */
export function quoteLastLine(text: string): string {
  const line = text.trimEnd().split('\n').at(-1)?.trim() ?? '';
  return line === '' ? '.' : `: ${line.slice(0, QUOTED_CHARS)}`;
}
