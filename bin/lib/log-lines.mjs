const LEVELS = { 10: 'trace', 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' };
const COLORS = { warn: 33, error: 31, fatal: 31 };
const DIM = 2;
/** Fields of every pino line that a reader at a terminal has no use for. */
const LEFT_OUT = new Set(['level', 'time', 'pid', 'hostname', 'process', 'msg']);
/** A step may be counting its seconds on this line. */
const CLEAR_LINE = '\r\u001b[2K';
const CLOCK = { start: 11, end: 23 };

/**
 * Writes the lines that the processes print. In a terminal a JSON line becomes one readable line; elsewhere it stays
 * JSON with the field `from` in front. What is not JSON (a crash, a warning of Node) gets a prefix.
 */
export function createLogWriter({ out = process.stdout } = {}) {
  const paint =
    out.isTTY && !process.env.NO_COLOR ? (code, text) => `\u001b[${code}m${text}\u001b[0m` : (_, text) => text;
  return (name, line) => {
    if (line.trim() === '') return;
    const entry = parse(line);
    if (entry === undefined) out.write(`${name} | ${line}\n`);
    else if (out.isTTY) out.write(`${CLEAR_LINE}${pretty(name, entry, paint)}\n`);
    else out.write(`{"from":${JSON.stringify(name)},${line.trimStart().slice(1)}\n`);
  };
}

function parse(line) {
  if (!line.startsWith('{"')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function pretty(name, entry, paint) {
  const level = LEVELS[entry.level] ?? String(entry.level ?? 'info');
  const date = new Date(entry.time ?? Date.now());
  const clock = Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(CLOCK.start, CLOCK.end);
  const rest = Object.entries(entry).filter(
    ([key]) => !LEFT_OUT.has(key) && (key !== 'event' || entry.msg === undefined),
  );
  const details = rest.map(([key, value]) => `${key}=${compact(value)}`).join(' ');
  const text = `${level.padEnd(5)} ${entry.msg ?? ''}`.trimEnd();
  const shown = COLORS[level] === undefined ? text : paint(COLORS[level], text);
  return [paint(DIM, clock), name.padEnd(10), shown, paint(DIM, details)].filter((part) => part !== '').join(' ');
}

function compact(value) {
  if (typeof value === 'string') return /[\s"=]/.test(value) ? JSON.stringify(value) : value;
  // A stack is for reading, not for a single line of JSON.
  if (value?.stack !== undefined) return `\n${value.stack}\n`;
  return JSON.stringify(value);
}
