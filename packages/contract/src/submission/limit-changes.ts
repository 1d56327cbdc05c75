import type { z } from 'zod';
import { perPolicy } from '../policy/per-policy.js';
import { submissionSchema } from './submission.js';

/** Limits of a job that can be changed after its submission, with the same names and maxima; at least one. */
export const limitChangesSchema = perPolicy((policy) =>
  submissionSchema(policy)
    .pick({ timeoutMs: true, limits: true, completeBy: true })
    .refine(
      ({ limits = {}, ...others }) =>
        [...Object.values(limits), ...Object.values(others)].some((value) => value !== undefined),
      {
        message: 'expected at least one of timeoutMs, completeBy and a field of limits',
        // Not in addition to the problem of an unknown field.
        when: ({ issues }) => issues.length === 0,
      },
    ),
);
export type LimitChangesBody = z.output<ReturnType<typeof limitChangesSchema>>;
