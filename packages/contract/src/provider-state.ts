import { z } from 'zod';
import { isoTime } from './format/iso-time.js';

/**
 * The state of a provider, for all workers. `closed`: calls are made. `held`: it replied 429, and its jobs wait. `open`: too
 * many calls failed, so none is made. `parked`: its usage limit is reached. `half_open`: the time of `open` or `parked` is
 * over, and one job tries a call.
 */
export const CIRCUIT_STATES = ['closed', 'held', 'open', 'half_open', 'parked'] as const;
export type CircuitState = (typeof CIRCUIT_STATES)[number];

export const providerStateSchema = z.object({
  name: z.string().describe('Its name in the policy'),
  state: z
    .enum(CIRCUIT_STATES)
    .describe(
      'closed: calls are made. held: it replied 429, and its jobs wait. open: too many calls failed, so none is made. parked: its usage limit is reached. half_open: one job tries whether it works again.',
    ),
  until: isoTime.nullable().describe('When its jobs run again, or one of them tries; null: they run, or one tries now'),
  since: isoTime.nullable().describe('Since when it is in this state; null: always'),
  reason: z.string().nullable().describe('The reply or error of the provider; null: it is closed'),
  waiting: z.int().describe('Jobs that wait for this provider'),
  calls: z
    .object({
      answered: z.int(),
      failed: z.int(),
      rateLimited: z.int().describe('429'),
      usageLimited: z.int().describe('A usage limit was reached'),
    })
    .describe('Calls by outcome, since its state was first stored'),
  opened: z.int().describe('How often its circuit was opened'),
  parked: z.int().describe('How often it was parked'),
});
export type ProviderState = z.output<typeof providerStateSchema>;

/** Why a waiting job is not given to a worker. */
export const waitingForSchema = z.object({
  provider: z.string(),
  state: z.enum(CIRCUIT_STATES),
  until: isoTime.nullable().describe('When it can run, or may be the job that tries; null: unknown'),
  reason: z.string().nullable(),
});
export type WaitingFor = z.output<typeof waitingForSchema>;
