import type { RedisOptions } from '@leeway/testkit';

/** The same for every system that is compared: the append-only file as `npm start` has it. */
export const KEPT_AS: RedisOptions = { appendOnly: true };
