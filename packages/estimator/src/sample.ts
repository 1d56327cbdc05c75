/** One observation of one metric: what the ending of an attempt taught. */
export interface Sample {
  /** How long it took, or for how long it is known not to have ended. Milliseconds, above 0, fractions allowed. */
  valueMs: number;
  /**
   * `exact`: it took this long. `hung`: stopped at its deadline, and its retry too, so it would not have ended at all.
   * `censored`: it would have taken longer than this, nobody knows how much.
   */
  kind: 'exact' | 'hung' | 'censored';
  /** The limit that the first attempt ran under; an exact value above it means that the kill was wrong. 0: none. */
  deadlineMs: number;
  /** What the decision held usual for such work (the quantile before margin and load factor). 0: nothing was known. */
  baseMs: number;
  /** Wall clock at the end, milliseconds since 1970. Only compared with other samples and for showing. */
  atMs: number;
  /** Where it came from, where rings mix sources: a worker, or a tenant. Short, no spaces. */
  from?: string;
}

/** Nothing an attempt does takes longer than this; what claims to is no observation. */
const MAX_VALUE_MS = 366 * 24 * 3_600_000;
/** Nor a shorter one than this (scores are small numbers): what a 32-bit float takes for 0 has no logarithm. */
const MIN_VALUE_MS = 1e-9;
const MAX_TIME_MS = 8.64e15;
const DIGITS = 6;
const TIME_RADIX = 36;
const LETTERS = { exact: 'x', hung: 'h', censored: 'c' } as const;
const KINDS = new Map<string, Sample['kind']>([
  ['x', 'exact'],
  ['h', 'hung'],
  ['c', 'censored'],
]);
const TIME = /^[0-9a-z]{1,11}$/;
const FROM = /^[A-Za-z0-9_~.-]{1,24}$/;

/** The stored form, about 30 bytes: kind, value, deadline, base, time, source. Read it back with {@link decodeSample}. */
export function encodeSample(sample: Sample): string {
  const { valueMs, kind, deadlineMs, baseMs, atMs, from } = sample;
  const parts = [
    LETTERS[kind],
    short(valueMs),
    short(deadlineMs),
    short(baseMs),
    Math.trunc(atMs).toString(TIME_RADIX),
  ];
  if (from !== undefined) parts.push(from);
  return parts.join(' ');
}

/** `undefined` for what is no observation: a wrong form, a duration that is not finite and above 0, an impossible time. */
export function decodeSample(text: string): Sample | undefined {
  const [letter = '', value, deadline, base, at = '', from, ...rest] = text.split(' ');
  const kind = KINDS.get(letter);
  const sample = {
    valueMs: read(value),
    deadlineMs: read(deadline),
    baseMs: read(base),
    atMs: TIME.test(at) ? Number.parseInt(at, TIME_RADIX) : Number.NaN,
  };
  if (kind === undefined || rest.length > 0 || !isObservation(sample)) return undefined;
  if (from === undefined) return { ...sample, kind };
  return FROM.test(from) ? { ...sample, kind, from } : undefined;
}

/** Whether the figures can have come from a run: finite, none negative, a duration above 0 and up to a year, a time that exists. */
export function isObservation(sample: Pick<Sample, 'valueMs' | 'deadlineMs' | 'baseMs' | 'atMs'>): boolean {
  const { valueMs, deadlineMs, baseMs, atMs } = sample;
  return (
    valueMs >= MIN_VALUE_MS &&
    [valueMs, deadlineMs, baseMs].every((ms) => ms >= 0 && ms <= MAX_VALUE_MS) &&
    atMs >= 0 &&
    atMs <= MAX_TIME_MS
  );
}

function short(ms: number): string {
  return String(Number(ms.toPrecision(DIGITS)));
}

function read(text: string | undefined): number {
  return text === undefined || !/^\d+(?:\.\d+)?(?:e[+-]?\d+)?$/.test(text) ? Number.NaN : Number(text);
}
