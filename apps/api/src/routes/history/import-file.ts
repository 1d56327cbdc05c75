import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  describeIssues,
  HISTORY_FILE,
  historyHeaderSchema,
  knownFields,
  LeewayError,
  observationSchema,
  type FieldError,
} from '@leeway/contract';
import { encodeSample, isObservation, ringKey } from '@leeway/estimator';
import type { StoredRing } from '@leeway/queue';
import type { FileItem } from './file-items.js';

export interface ImportOptions {
  tenant: string;
  /** Wall clock: an observation of the future is none. */
  nowMs: number;
  maxRings: number;
}

/** The observations of a file, by ring and newest first, as they are stored. */
export interface ImportedHistory {
  observations: number;
  rings: StoredRing[];
}

/** Problems that are told at once; a file of the wrong sort has one in every line. */
const MOST_TOLD = 20;
/** Lines between two breaths, in which other requests are answered. */
const BREATH = 200;
/** Clocks of two machines differ by less. */
const CLOCK_SKEW_MS = 5 * 60_000;

/**
 * Checks a file to its end before anything of it can be stored. Throws LeewayError `invalid_request` with place and
 * reason of what is no observation, or when the file was written by a newer version.
 */
export async function readHistory(items: Iterable<FileItem>, options: ImportOptions): Promise<ImportedHistory> {
  const problems: FieldError[] = [];
  const rings = new Map<string, { atMs: number; sample: string }[]>();
  let count = 0;
  for (const item of items) {
    count += 1;
    if (count % BREATH === 0) await nextTurn();
    const found = count === 1 ? headerProblems(item) : collect(item, rings, options);
    problems.push(
      ...found.map(({ path, message }) => ({
        path: `${item.path}${path}`,
        message: `${item.place}: ${path === '' ? '' : `${path} `}${message}`,
      })),
    );
    // Without the first line nothing says what the others mean.
    if (problems.length > 0 && (count === 1 || problems.length >= MOST_TOLD)) break;
  }
  if (count === 0)
    problems.push({ path: '', message: `expected at least the first line, ${JSON.stringify(HISTORY_FILE)}` });
  if (rings.size > options.maxRings)
    problems.push({
      path: '',
      message: `the file has ${rings.size} rings; the policy keeps ${options.maxRings} of a tenant`,
    });
  if (problems.length > 0) throw refusal(problems);
  return {
    observations: count - 1,
    rings: [...rings].map(([key, samples]) => ({ key, samples: newestFirst(samples) })),
  };
}

function headerProblems(item: FileItem): FieldError[] {
  if (item.broken !== undefined) return [{ path: '', message: item.broken }];
  const { format, version } = (item.value ?? {}) as { format?: unknown; version?: unknown };
  if (format === HISTORY_FILE.format && typeof version === 'number' && version > HISTORY_FILE.version)
    return [
      {
        path: '/version',
        message: `is ${version}; this server reads version ${HISTORY_FILE.version}. Export it with an older version of Leeway, or update this one`,
      },
    ];
  const parsed = historyHeaderSchema.safeParse(item.value);
  if (parsed.success) return [];
  const found = describeIssues(parsed.error, item.value, () => Object.keys(historyHeaderSchema.shape));
  return [{ path: '', message: `expected ${JSON.stringify(HISTORY_FILE)} first` }, ...found];
}

/** Puts an observation into its ring, or says what is wrong with it. */
function collect(
  item: FileItem,
  rings: Map<string, { atMs: number; sample: string }[]>,
  options: ImportOptions,
): FieldError[] {
  if (item.broken !== undefined) return [{ path: '', message: item.broken }];
  const parsed = observationSchema.safeParse(item.value);
  if (!parsed.success) return describeIssues(parsed.error, item.value, (path) => knownFields(observationSchema, path));
  const { metric, level, at, value, ...rest } = parsed.data;
  const sample = { ...rest, valueMs: value, atMs: Date.parse(at) };
  if (sample.atMs > options.nowMs + CLOCK_SKEW_MS) return [{ path: '/at', message: `is in the future; got "${at}"` }];
  if (!isObservation(sample)) return [{ path: '', message: 'is no observation' }];
  const key = ringKey(metric, options.tenant, level);
  const entry = { atMs: sample.atMs, sample: encodeSample(sample) };
  const ring = rings.get(key);
  if (ring === undefined) rings.set(key, [entry]);
  else ring.push(entry);
  return [];
}

/** Those of one moment stay in the order of the file. */
function newestFirst(samples: { atMs: number; sample: string }[]): string[] {
  return samples.toSorted((a, b) => b.atMs - a.atMs).map(({ sample }) => sample);
}

function refusal(problems: readonly FieldError[]): LeewayError {
  const told = problems.slice(0, MOST_TOLD);
  return new LeewayError('invalid_request', `Nothing was imported. ${told.map(({ message }) => message).join('; ')}`, {
    errors: told,
  });
}
