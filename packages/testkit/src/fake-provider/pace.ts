import type { ChatRequest } from './exchange.js';

/** Speed and length of an answer. A request can set each in the field `fake` of its body. */
export interface Pace {
  /** Milliseconds before the first token. */
  firstTokenMs: number;
  /** Mean milliseconds between tokens; single gaps are 0.5 to 1.5 times as long. */
  tokenMs: number;
  /** Tokens of the answer. */
  tokens: number;
}

const DEFAULT_PACE: Pace = { firstTokenMs: 20, tokenMs: 4, tokens: 24 };

export function paceOf(request: ChatRequest): Pace {
  const given = request.body['fake'];
  const pace = { ...DEFAULT_PACE };
  if (given === null || typeof given !== 'object') return pace;
  for (const name of Object.keys(pace) as (keyof Pace)[]) {
    const value = (given as Record<string, unknown>)[name];
    if (typeof value === 'number' && value >= 0) pace[name] = value;
  }
  return pace;
}

/** Milliseconds before token number `index`: uneven like those of a real server, and the same in every run. */
export function gapMs(pace: Pace, index: number): number {
  if (index === 0) return pace.firstTokenMs;
  const spread = ((index * GOLDEN_RATIO) % 1) + 0.5;
  return pace.tokenMs * spread;
}

/** Its multiples spread evenly over 0 to 1 without a visible pattern. */
const GOLDEN_RATIO = 0.618_034;

const WORDS = [
  'A',
  ' queue',
  ' that',
  ' learns',
  ' how',
  ' long',
  ' work',
  ' takes',
  ' can',
  ' tell',
  ' slow',
  ' from',
  ' stuck',
  '.',
  ' ',
];

/** The text of an answer, token by token. */
export function answerTokens(count: number): string[] {
  return Array.from({ length: count }, (_, index) => WORDS[index % WORDS.length] as string);
}
