import { z } from 'zod';
import { DAY_MS } from '../format/duration.js';
import { hintFields, PROFILES } from '../job/hints.js';
import { perPolicy } from '../policy/per-policy.js';
import type { Policy } from '../policy/policy.js';
import { webhookSchema } from '../webhook/webhook.js';
import { timeoutSchema } from '../job/timeout.js';

/** Longest queue wait of a submission: as long as records of ended jobs are kept by default. */
const MAX_QUEUE_MS = 7 * DAY_MS;
/** Longest delay before the first attempt: a month. */
const MAX_DELAY_MS = 30 * DAY_MS;

const MAX_ARGS = 4_096;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const noNul = (text: string) => !text.includes('\0');
const NUL = 'expected text without NUL characters';

export const commandInputSchema = z
  .strictObject({
    argv: z
      .array(z.string().refine(noNul, NUL))
      .min(1)
      .max(MAX_ARGS)
      .describe('Program and arguments, without a shell'),
    cwd: z.string().min(1).max(4_096).refine(noNul, NUL).optional().describe('Working directory, absolute'),
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().refine(noNul, NUL))
      .optional()
      .describe('Environment variables, with names that the policy allows'),
    stdin: z.string().optional().describe('Written to standard input, which is then closed'),
    format: z
      .enum(['text', 'stream-json'])
      .optional()
      .describe('stream-json: it prints one JSON event a line, as command lines of agents do. Absent: text'),
    doneMarker: z
      .string()
      .min(1)
      .max(200)
      .refine((text) => !/[\r\n]/.test(text), 'expected text without line breaks')
      .optional()
      .describe('A line on standard output that means success: the command may then be ended'),
  })
  .refine(({ format, doneMarker }) => format !== 'stream-json' || doneMarker === undefined, {
    path: ['doneMarker'],
    message: 'is for text; in stream-json the event "result" marks the end of the work',
  });
export type CommandInput = z.output<typeof commandInputSchema>;

/** Fields of a request to a provider that a job cannot set. Of several choices (`n`) Leeway would read only one. */
const RESERVED_CHAT_PARAMS = ['model', 'messages', 'stream', 'stream_options', 'n'] as const;

function refuseReserved({ value, issues }: z.core.ParsePayload<Record<string, unknown>>): void {
  for (const name of RESERVED_CHAT_PARAMS) {
    if (Object.hasOwn(value, name))
      issues.push({ code: 'custom', input: value, path: [name], message: 'is set by Leeway; leave it out' });
  }
}

export const chatInputSchema = z.strictObject({
  model: z.string().min(1).max(200),
  messages: z
    .array(z.looseObject({ role: z.string().min(1) }))
    .min(1)
    .max(10_000),
  provider: z.string().min(1).max(100).optional().describe('Name of a provider in the policy; absent: the first one'),
  fallback: z.array(z.string().min(1).max(200)).max(10).optional().describe('Lighter models for the time that remains'),
  params: z.record(z.string(), z.unknown()).check(refuseReserved).optional().describe('Sent to the provider unchanged'),
});
export type ChatInput = z.output<typeof chatInputSchema>;

/** Schema of a submission, with the maxima of the policy. */
export const submissionSchema = perPolicy(buildSchema);

function limitsSchema({ limits: l }: Policy) {
  const positive = (max: number) =>
    z.int('expected whole milliseconds').min(1, 'expected at least 1 ms').max(max, `expected at most ${max} ms`);
  return z
    .strictObject({
      queueMs: positive(MAX_QUEUE_MS).optional(),
      firstOutputMs: positive(l.maxAttemptMs).optional(),
      idleMs: positive(l.maxAttemptMs).optional(),
      toolMs: positive(l.maxAttemptMs).optional(),
      overallMs: positive(l.maxOverallMs).optional(),
    })
    .describe(
      'In ms; each may be absent. queueMs: wait for a worker. firstOutputMs, idleMs, toolMs: silence before the first output, between outputs, during a tool call. overallMs: all attempts with the pauses between them',
    );
}

function buildSchema(policy: Policy) {
  const l = policy.limits;
  return z.strictObject({
    kind: z.string().min(1).max(64).regex(NAME).describe('command, chat, workflow, or a kind of your own handlers'),
    input: z.unknown().describe('Input of the handler of that kind'),
    label: z
      .string()
      .min(1)
      .max(200)
      .refine(noNul, NUL)
      .optional()
      .describe('Groups jobs whose durations are learned together'),
    timeoutMs: timeoutSchema(l.maxAttemptMs)
      .optional()
      .describe(
        'Limit of one attempt, in ms; absent: it is learned from earlier runs. "none": no limit, only silence or the longest attempt of the policy ends it; for tiers that allow this',
      ),
    limits: limitsSchema(policy).optional(),
    mode: z
      .enum(Object.keys(policy.modes) as [string, ...string[]])
      .optional()
      .describe('Name of a time budget in the policy; for a workflow it also sets how the time is split'),
    completeBy: z.iso.datetime({ offset: true }).optional().describe('The job ends at this time, whatever its state'),
    attempts: z.int().min(1).max(l.maxAttempts).optional().describe(`Attempts at most; absent: ${l.attempts}`),
    priority: z.int().min(0).max(20).optional().describe('Higher ones run first; absent: 0'),
    delayMs: z.int().min(0).max(MAX_DELAY_MS).optional().describe('Time before it waits for a worker; absent: 0'),
    profile: z
      .enum(PROFILES)
      .optional()
      .describe('speed: tighter deadlines. quality: wider deadlines. Absent: balanced'),
    ...hintFields,
    stream: z
      .boolean()
      .optional()
      .describe(
        'Whether a client watches the output as it comes, which selects a column of the tier. Absent: true for chat and for commands with stream-json, else false',
      ),
    onWorkerLost: z
      .enum(['retry', 'fail'])
      .optional()
      .describe('fail: for work that must not run twice. Absent: retry'),
    overlap: z
      .enum(['allow', 'forbid'])
      .optional()
      .describe('forbid: a worker that cannot reach Redis stops the attempt. Absent: allow'),
    monitor: z.boolean().optional().describe('false: the monitor does not read its output. Absent: true'),
    metadata: z.record(z.string(), z.unknown()).optional().describe('Any JSON object, returned unchanged with the job'),
    webhook: webhookSchema.optional().describe('An address that is called when the job has ended'),
  });
}
export type Submission = z.output<ReturnType<typeof buildSchema>>;

/** Whether the streaming column of a tier applies to a job. */
export function streams({ stream, kind, input }: Pick<Submission, 'stream' | 'kind' | 'input'>): boolean {
  if (stream !== undefined) return stream;
  return kind === 'chat' || (kind === 'command' && (input as CommandInput).format === 'stream-json');
}
