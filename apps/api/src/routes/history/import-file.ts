import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  describeIssues,
  HISTORY_FILE,
  historyHeaderSchema,
  knownFields,
  LeewayError,
  MINUTE_MS,
  observationSchema,
  type FieldError,
} from '@leeway/contract';
import { encodeSample, isObservation, ringKey } from '@leeway/estimator';
import type { StoredRing } from '@leeway/queue';
import type { FileItem } from './file-items.js';

export interface ImportOptions {
  tenant: string;
  /** Wall clock: observations of the future are refused. */
  nowMs: number;
  maxRings: number;
}

/** The observations of a file as they are stored: by ring, newest first. */
export interface ImportedHistory {
  observations: number;
  rings: StoredRing[];
}

type Samples = { atMs: number; sample: string }[];

/** A file of another format has a problem in every line. */
const MOST_PROBLEMS = 20;
/** Lines between two pauses, in which other requests are served. */
const LINES_PER_TURN = 200;
/** Clocks of two machines differ by less. */
const CLOCK_SKEW_MS = 5 * MINUTE_MS;

/**
 * Checks a whole file before anything of it can be stored. Throws LeewayError `invalid_request` with the place and the
 * reason of every line that is not an observation, or when a newer version has written the file.
 */
export async function readHistory(items: Iterable<FileItem>, options: ImportOptions): Promise<ImportedHistory> {
  const problems: FieldError[] = [];
  const rings = new Map<string, Samples>();
  let count = 0;
  for (const item of items) {
    count += 1;
    if (count % LINES_PER_TURN === 0) await nextTurn();
    const found = count === 1 ? headerProblems(item) : collect(item, rings, options);
    problems.push(
      ...found.map(({ path, message }) => ({
        path: `${item.path}${path}`,
        message: `${item.place}: ${path === '' ? '' : `${path} `}${message}`,
      })),
    );
    // Without the first line the others have no meaning.
    if (problems.length > 0 && (count === 1 || problems.length >= MOST_PROBLEMS)) break;
  }
  if (count === 0)
    problems.push({ path: '', message: `expected at least the first line, ${JSON.stringify(HISTORY_FILE)}` });
  if (rings.size > options.maxRings) {
    const message = `the file has ${rings.size} rings; ${options.maxRings} are kept of a tenant`;
    problems.push({ path: '', message });
  }
  if (problems.length > 0) throw refusal(problems);
  return {
    observations: count - 1,
    rings: [...rings].map(([key, samples]) => ({ key, samples: newestFirst(samples) })),
  };
}

function headerProblems(item: FileItem): FieldError[] {
  if (item.broken !== undefined) return [{ path: '', message: item.broken }];
  const { format, version } = (item.value ?? {}) as { format?: unknown; version?: unknown };
  if (format === HISTORY_FILE.format && typeof version === 'number' && version > HISTORY_FILE.version) {
    const message = `is ${version}; this server reads version ${HISTORY_FILE.version}. Export the history with an older version of Leeway, or update this server`;
    return [{ path: '/version', message }];
  }
  const parsed = historyHeaderSchema.safeParse(item.value);
  if (parsed.success) return [];
  const found = describeIssues(parsed.error, item.value, () => Object.keys(historyHeaderSchema.shape));
  return [{ path: '', message: `expected ${JSON.stringify(HISTORY_FILE)} first` }, ...found];
}

/** Adds an observation to its ring, or returns its problems. */
function collect(item: FileItem, rings: Map<string, Samples>, options: ImportOptions): FieldError[] {
  if (item.broken !== undefined) return [{ path: '', message: item.broken }];
  const parsed = observationSchema.safeParse(item.value);
  if (!parsed.success) return describeIssues(parsed.error, item.value, (path) => knownFields(observationSchema, path));
  const { metric, level, at, value, ...rest } = parsed.data;
  const sample = { ...rest, valueMs: value, atMs: Date.parse(at) };
  if (sample.atMs > options.nowMs + CLOCK_SKEW_MS) return [{ path: '/at', message: `is in the future; got "${at}"` }];
  if (!isObservation(sample)) return [{ path: '', message: 'is not an observation' }];
  const key = ringKey(metric, options.tenant, level);
  const samples = rings.get(key) ?? [];
  rings.set(key, samples);
  samples.push({ atMs: sample.atMs, sample: encodeSample(sample) });
  return [];
}

/** Observations of the same time keep the order of the file. */
function newestFirst(samples: Samples): string[] {
  return samples.toSorted((a, b) => b.atMs - a.atMs).map(({ sample }) => sample);
}

function refusal(problems: readonly FieldError[]): LeewayError {
  const errors = problems.slice(0, MOST_PROBLEMS);
  return new LeewayError(
    'invalid_request',
    `Nothing was imported. ${errors.map(({ message }) => message).join('; ')}`,
    {
      errors,
    },
  );
}
