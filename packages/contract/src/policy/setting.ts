import { z } from 'zod';

/** Documentation of a setting in docs/policy.md. */
export interface SettingDoc {
  meaning: string;
  unit: string;
  /** Reason for the default. */
  reason: string;
}

/** A setting: its schema with the default, and its documentation. */
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
