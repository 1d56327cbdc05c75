import { DAY_MS, HOUR_MS, MINUTE_MS, NO_TIMEOUT, SECOND_MS, type Timeout } from '@leeway/contract';
import { InvalidArgumentError } from 'commander';

/** Readers of option values. They throw commander's InvalidArgumentError, which becomes one line with the option's name. */

const UNITS_MS: Record<string, number> = { ms: 1, s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };
const PART = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)/;

/** `250ms`, `30s`, `1m30s`, `1.5h`, `2d` as milliseconds. A figure without a unit is refused: seconds and milliseconds look alike. */
export function durationMs(text: string): number {
  let rest = text;
  let totalMs = 0;
  do {
    const part = PART.exec(rest);
    if (part === null)
      throw new InvalidArgumentError(`expected a duration with a unit, such as 250ms, 30s, 1m30s or 2h; got "${text}"`);
    const [whole, amount, unit] = part as unknown as [string, string, string];
    totalMs += Number(amount) * (UNITS_MS[unit] as number);
    rest = rest.slice(whole.length);
  } while (rest !== '');
  return Math.round(totalMs);
}

/** A duration, or `none`. */
export function timeoutMs(text: string): Timeout {
  return text === NO_TIMEOUT ? NO_TIMEOUT : durationMs(text);
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError(`expected a whole number; got "${text}"`);
  return Number(text);
}

export function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new InvalidArgumentError(`expected JSON: ${(error as Error).message}`);
  }
}

export function jsonObject(text: string): Record<string, unknown> {
  const value = jsonValue(text);
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new InvalidArgumentError('expected a JSON object');
  return value as Record<string, unknown>;
}

/** Collects `NAME=VALUE`, given once or more. */
export function assignment(text: string, earlier: Record<string, string> = {}): Record<string, string> {
  const equals = text.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError(`expected NAME=VALUE; got "${text}"`);
  return { ...earlier, [text.slice(0, equals)]: text.slice(equals + 1) };
}
