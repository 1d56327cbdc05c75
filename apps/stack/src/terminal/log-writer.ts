const LEVELS: Readonly<Record<string, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
const COLOURS: Readonly<Record<string, number>> = { warn: 33, error: 31, fatal: 31 };
const DIM = 2;
/** Fields of every log line that are of no use in a terminal, or are shown in front. */
const LEFT_OUT = new Set(['level', 'time', 'pid', 'hostname', 'process', 'msg']);
/** The current line may show a step that counts its seconds. */
const CLEAR_LINE = '\r\u001b[2K';
/** The time of day in an ISO date. */
const TIME_OF_DAY = { start: 11, end: 23 };
const LEVEL_WIDTH = 5;
const NAME_WIDTH = 10;

export interface LogWriterOptions {
  out: { isTTY?: boolean; write(text: string): unknown };
  colours: boolean;
}

type LogEntry = Record<string, unknown> & { level?: string | number; time?: string | number; msg?: string };
type Paint = (code: number, text: string) => string;

/**
 * Writes the lines that processes print. In a terminal a JSON line becomes one readable line; elsewhere it stays JSON with
 * the field `from` in front. Other lines (a crash, a warning of Node) get the name of the process as a prefix.
 */
export function createLogWriter({ out, colours }: LogWriterOptions): (process: string, line: string) => void {
  const paint: Paint = (code, text) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  return (process, line) => {
    if (line.trim() === '') return;
    const entry = parse(line);
    if (entry === undefined) out.write(`${process} | ${line}\n`);
    else if (out.isTTY === true) out.write(`${CLEAR_LINE}${readable(process, entry, paint)}\n`);
    else out.write(`{"from":${JSON.stringify(process)},${line.trimStart().slice(1)}\n`);
  };
}

function parse(line: string): LogEntry | undefined {
  if (!line.startsWith('{"')) return undefined;
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    return undefined;
  }
}

function readable(process: string, entry: LogEntry, paint: Paint): string {
  const level = LEVELS[String(entry.level)] ?? String(entry.level ?? 'info');
  const details = Object.entries(entry)
    .filter(([key]) => !LEFT_OUT.has(key) && (key !== 'event' || entry.msg === undefined))
    .map(([key, value]) => `${key}=${compact(value)}`)
    .join(' ');
  const text = `${level.padEnd(LEVEL_WIDTH)} ${entry.msg ?? ''}`.trimEnd();
  const colour = COLOURS[level];
  const parts = [
    paint(DIM, timeOfDay(entry.time)),
    process.padEnd(NAME_WIDTH),
    colour === undefined ? text : paint(colour, text),
    details === '' ? '' : paint(DIM, details),
  ];
  return parts.filter((part) => part !== '').join(' ');
}

function timeOfDay(time: string | number | undefined): string {
  const date = new Date(time ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(TIME_OF_DAY.start, TIME_OF_DAY.end);
}

function compact(value: unknown): string {
  if (typeof value === 'string') return /[\s"=]/.test(value) ? JSON.stringify(value) : value;
  const stack = (value as { stack?: string } | null)?.stack;
  // A stack trace is readable only with its line breaks.
  return stack === undefined ? JSON.stringify(value) : `\n${stack}\n`;
}
