/** One observation of one metric, from an attempt that ended. */
export interface Sample {
  /** Duration, or time after which it had not ended. Milliseconds, above 0, fractions allowed. */
  valueMs: number;
  /**
   * `exact`: it took this long. `hung`: it was stopped at its deadline, and so was its retry, so it would not have ended.
   * `censored`: it would have taken longer than this by an unknown time.
   */
  kind: 'exact' | 'hung' | 'censored';
  /** Deadline of the first attempt; an exact value above it means that the kill was wrong. 0: none. */
  deadlineMs: number;
  /** Usual duration at the decision: the quantile before margin and load factor. 0: unknown. */
  baseMs: number;
  /** Wall clock at the end, milliseconds since 1970. Only shown, and compared with other samples. */
  atMs: number;
  /** Worker, in rings that mix workers. Short, no spaces. */
  from?: string;
}

/** No attempt takes longer, so a longer value is no observation. */
const MAX_VALUE_MS = 366 * 24 * 3_600_000;
/** Scores are small numbers, but a value that is 0 as a 32-bit float has no logarithm. */
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

/** Stored form, about 30 bytes: kind, value, deadline, base, time, source. */
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

/** `undefined`: no observation, because of its form, a duration that is not finite and above 0, or an impossible time. */
export function decodeSample(text: string): Sample | undefined {
  const [letter = '', value, deadline, base, at = '', from, ...rest] = text.split(' ');
  const kind = KINDS.get(letter);
  if (kind === undefined || rest.length > 0) return undefined;
  const sample: Sample = {
    valueMs: read(value),
    kind,
    deadlineMs: read(deadline),
    baseMs: read(base),
    atMs: TIME.test(at) ? Number.parseInt(at, TIME_RADIX) : Number.NaN,
  };
  if (!isObservation(sample)) return undefined;
  if (from === undefined) return sample;
  return FROM.test(from) ? { ...sample, from } : undefined;
}

/** Whether a run can have these figures: finite, not negative, a duration above 0 and up to a year, a valid time. */
export function isObservation(sample: Pick<Sample, 'valueMs' | 'deadlineMs' | 'baseMs' | 'atMs'>): boolean {
  const { valueMs, deadlineMs, baseMs, atMs } = sample;
  return (
    valueMs >= MIN_VALUE_MS &&
    valueMs <= MAX_VALUE_MS &&
    deadlineMs >= 0 &&
    deadlineMs <= MAX_VALUE_MS &&
    baseMs >= 0 &&
    baseMs <= MAX_VALUE_MS &&
    atMs >= 0 &&
    atMs <= MAX_TIME_MS
  );
}

function short(ms: number): string {
  if (Number.isInteger(ms) && ms < 10 ** DIGITS && ms >= 0) return String(ms);
  return String(Number(ms.toPrecision(DIGITS)));
}

/** Digits with an optional point and exponent. Without a regular expression, since hundreds are read every second. */
function read(text: string | undefined): number {
  if (text === undefined || !isDigit(text, 0)) return Number.NaN;
  const second = text.charCodeAt(1);
  // Number() also accepts 0x10 and 007, which `encodeSample` never writes.
  if (text.length > 1 && text.charCodeAt(0) === ZERO && second !== POINT && second !== EXPONENT) return Number.NaN;
  return isDigit(text, text.length - 1) ? Number(text) : Number.NaN;
}

const ZERO = '0'.charCodeAt(0);
const NINE = '9'.charCodeAt(0);
const POINT = '.'.charCodeAt(0);
const EXPONENT = 'e'.charCodeAt(0);

function isDigit(text: string, place: number): boolean {
  const code = text.charCodeAt(place);
  return code >= ZERO && code <= NINE;
}

const MAX_SOURCE = 8;

/** The last characters of a worker's id: ids differ at their end. */
export function sourceName(worker: string | undefined): string {
  const plain = (worker ?? '').replaceAll(/[^A-Za-z0-9_~.-]/g, '').slice(-MAX_SOURCE);
  return plain === '' ? 'unknown' : plain;
}
