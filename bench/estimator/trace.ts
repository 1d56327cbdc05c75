import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** The recorded durations of tasks, in the order of submission. */
export interface Trace {
  /** Name of the file without its endings. */
  name: string;
  submittedMs: Float64Array;
  durationMs: Float64Array;
  /** Index into `keys`, for each job. */
  key: Int32Array;
  /** `kind[:model...]`, parts joined by `:`. */
  keys: string[];
  /** The operator's limit for such work. */
  hardCapMs: number;
  /** The durations were computed, not measured: shown, but left out of the means. */
  derived: boolean;
}

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const TEN_MINUTES_MS = 600_000;
/** Limits that an operator would set, by the beginning of the file's name; one hour for other names. */
const HARD_CAPS: readonly [RegExp, number][] = [
  [/^(llm|stream|azure|chat|fc)/, TEN_MINUTES_MS],
  [/^agent_(trial|run)/, 2 * HOUR_MS],
  [/^hpc/, 24 * HOUR_MS],
  [/^(grid|cluster|batch)/, 48 * HOUR_MS],
];
/** The limit is between these multiples of the longest job: an operator knows the work roughly. */
const LEAST_CAP_OVER_LONGEST = 1.2;
const MOST_CAP_OVER_LONGEST = 25;

/** The traces in a folder, sorted by name. Throws an Error with the folder when there is none. */
export function readTraces(folder: string): Trace[] {
  if (!existsSync(folder)) throw new Error(`--traces: there is no folder ${folder}.`);
  const files = readdirSync(folder).filter((file) => /\.csv(\.gz)?$/.test(file));
  if (files.length === 0) throw new Error(`No .csv or .csv.gz file in ${folder}.`);
  return files.sort().map((file) => readTrace(join(folder, file)));
}

/** Reads the columns `t_s`, `key`, `duration_s` and, if present, `source`. Throws an Error with file and line of an invalid row. */
export function readTrace(path: string): Trace {
  const text = textOf(path);
  const [header = '', ...lines] = text.split(/\r?\n/).filter((line) => line !== '');
  const columns = header.split(',');
  const place = (name: string) => {
    const at = columns.indexOf(name);
    if (at < 0) throw new Error(`${path}: expected the columns t_s, key and duration_s; got ${header}`);
    return at;
  };
  const [time, key, duration, source] = [place('t_s'), place('key'), place('duration_s'), columns.indexOf('source')];
  const rows = lines.map((line, index) => {
    const cells = line.split(',');
    const row = {
      submittedMs: Number(cells[time]) * SECOND_MS,
      durationMs: Number(cells[duration]) * SECOND_MS,
      key: cells[key] ?? '',
      derived: cells[source]?.endsWith(':derived') === true,
    };
    if (!Number.isFinite(row.submittedMs) || !(row.durationMs >= 0) || row.key === '')
      throw new Error(`${path}:${index + 2}: cannot read "${line}"`);
    return row;
  });
  if (rows.length === 0) throw new Error(`${path}: expected at least one row below the header; got none`);
  return traceFrom(basename(path).replace(/\.csv(\.gz)?$/, ''), rows);
}

function textOf(path: string): string {
  const raw = readFileSync(path);
  if (!path.endsWith('.gz')) return raw.toString('utf8');
  try {
    return gunzipSync(raw).toString('utf8');
  } catch (error) {
    throw new Error(`${path}: expected a gzip file; ${(error as Error).message}`, { cause: error });
  }
}

export interface TraceRow {
  submittedMs: number;
  durationMs: number;
  key: string;
  derived?: boolean;
}

/** A trace from rows in any order. Durations of 0, below the resolution of the recording, count as 1 ms. */
export function traceFrom(name: string, unordered: readonly TraceRow[], hardCapMs?: number): Trace {
  const rows = unordered.toSorted((a, b) => a.submittedMs - b.submittedMs);
  const keys = [...new Set(rows.map((row) => row.key))];
  const index = new Map(keys.map((key, at) => [key, at]));
  const durationMs = Float64Array.from(rows, (row) => Math.max(1, row.durationMs));
  return {
    name,
    derived: rows.every((row) => row.derived === true),
    submittedMs: Float64Array.from(rows, (row) => row.submittedMs),
    durationMs,
    key: Int32Array.from(rows, (row) => index.get(row.key) ?? 0),
    keys,
    hardCapMs: hardCapMs ?? capOf(name, durationMs),
  };
}

function capOf(name: string, durationMs: Float64Array): number {
  const usual = HARD_CAPS.find(([pattern]) => pattern.test(name))?.[1] ?? HOUR_MS;
  const longest = durationMs.reduce((most, ms) => Math.max(most, ms), 0);
  if (longest <= usual) return Math.min(usual, MOST_CAP_OVER_LONGEST * longest);
  return LEAST_CAP_OVER_LONGEST * longest;
}
