import { z } from 'zod';
import { isoTime } from './format/iso-time.js';

/** A worker as the API shows it. */
export const workerSchema = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.int(),
  version: z.string(),
  kinds: z.array(z.string()),
  concurrency: z.int(),
  running: z.int(),
  abandoned: z.int().describe('Handlers that ignored their abort signal and still use resources'),
  treeKill: z
    .enum(['full', 'group'])
    .describe(
      'full: processes that leave the process group of their command are ended, too (Linux). group: only the group',
    ),
  startedAt: isoTime,
  lastSeenAt: isoTime,
  state: z.enum(['active', 'draining', 'lost']),
});
export type WorkerInfo = z.output<typeof workerSchema>;
