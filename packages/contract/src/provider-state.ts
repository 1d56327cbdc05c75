import { z } from 'zod';

/**
 * How a provider stands, for all workers. `closed`: calls go through. `held`: it asked to wait (429). `open`: too many
 * calls failed, so none is made. `parked`: its usage limit is reached. `half_open`: the time of `open` or `parked` is over,
 * and one job tries.
 */
export const CIRCUIT_STATES = ['closed', 'held', 'open', 'half_open', 'parked'] as const;
export type CircuitState = (typeof CIRCUIT_STATES)[number];

const isoTime = z.iso.datetime().describe('UTC, ISO 8601');

export const providerStateSchema = z.object({
  name: z.string().describe('Its name in the policy'),
  state: z
    .enum(CIRCUIT_STATES)
    .describe(
      'closed: calls go through. held: it asked to wait. open: too many calls failed, none is made. parked: its usage limit is reached. half_open: one job tries whether it is back.',
    ),
  until: isoTime.nullable().describe('When its jobs go on, or one of them tries; null: they do, or one tries now'),
  since: isoTime.nullable().describe('Since when it stands so; null: always'),
  reason: z.string().nullable().describe('What the provider said; null: it is closed'),
  waiting: z.int().describe('Jobs that wait for a place at this provider'),
  calls: z
    .object({
      answered: z.int(),
      failed: z.int(),
      rateLimited: z.int().describe('429'),
      usageLimited: z.int().describe('A usage limit was reached'),
    })
    .describe('Calls by what became of them, since its state was first stored'),
  opened: z.int().describe('How often its circuit was opened'),
  parked: z.int().describe('How often it was parked'),
});
export type ProviderState = z.output<typeof providerStateSchema>;

/** Why a waiting job is not given to a worker. */
export const waitingForSchema = z.object({
  provider: z.string(),
  state: z.enum(CIRCUIT_STATES),
  until: isoTime.nullable().describe('When it goes on, or may be the one that tries; null: not known'),
  reason: z.string().nullable(),
});
export type WaitingFor = z.output<typeof waitingForSchema>;
