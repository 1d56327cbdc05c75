import { z } from 'zod';

/** The text of one value on the reference page of the policy. */
export interface SettingDoc {
  meaning: string;
  unit: string;
  /** Why the default is what it is. */
  reason: string;
}

/** One tunable value: a schema with its default, and the text that docs/policy.md is generated from. */
export function setting<S extends z.ZodType>(schema: S, value: z.input<S>, doc: SettingDoc): z.ZodPrefault<S> {
  return schema.prefault(value as never).meta({ ...doc, default: value });
}

/** A duration in whole milliseconds. */
export function ms(min: number, max: number): z.ZodNumber {
  return z.int().min(min).max(max);
}

export function count(min: number, max: number): z.ZodNumber {
  return z.int().min(min).max(max);
}

/** Bytes. */
export function bytes(min: number, max: number): z.ZodNumber {
  return z.int().min(min).max(max);
}

/** A dimensionless multiple. */
export function factor(min: number, max: number): z.ZodNumber {
  return z.number().min(min).max(max);
}

/** A part of a whole, from 0 to 1. */
export function share(min: number, max: number): z.ZodNumber {
  return z.number().min(min).max(max);
}
