import { NO_TIMEOUT, type Timeout } from '@leeway/contract';
import { InvalidArgumentError } from 'commander';
import { parseDuration } from './duration.js';

/** Readers of option values. They throw commander's InvalidArgumentError, which becomes one line with the option's name. */

export function durationMs(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
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
