import { commandInputSchema, submissionSchema, type Policy } from '@leeway/contract';
import { z } from 'zod';
import { flatSchema, type FlatParams } from '../calls/flat-params.js';
import { checkQuery } from '../calls/query-values.js';
import { estimateSchema, outputSchema } from '../calls/reply-schemas.js';
import { cancelJob } from '../routes/control/cancel-job.js';
import { estimate } from '../routes/submissions/estimate.js';
import { getJob } from '../routes/jobs/get-job.js';
import { jobOutput } from '../routes/jobs/job-output.js';
import { submitJob } from '../routes/submissions/submit-job.js';
import { briefOf, briefWithResult, jobBriefSchema, jobResultSchema } from './job-brief.js';
import { perPolicy } from './per-policy.js';
import { asJob, type Tool } from './tool.js';
import { waitForJob } from './wait-for-job.js';

type Json = Record<string, unknown>;

const DEADLINES =
  'Leave timeoutMs out unless the user named a limit: the deadline then comes from earlier runs like this one, and is long (minutes) while there are few. With timeoutMs the attempt is ended after it, healthy or not.';

const submit: Tool = {
  name: 'submit_job',
  title: 'Submit a job',
  description: () =>
    `Puts a job into the queue and answers at once with its id. Use it for work that takes long or that need not be waited for, and for other kinds than commands; for a command whose result you need, run_command is simpler. input of kind command: { argv, cwd?, env?, stdin? }; of chat: { model, messages, ... }; of workflow: { steps: [{ name, kind, input, needs? }] }; other kinds are the operator's own. ${DEADLINES} A label groups runs of one sort, so that their times are learned together: use the same for the same sort of work. With an idempotencyKey asking twice gives the same job.`,
  annotations: { destructiveHint: true, openWorldHint: true },
  input: (policy) => flatSchema(submitJob, policy),
  output: jobBriefSchema,
  run: async (args, { call }) => briefOf(asJob(await call(submitJob, args))),
};

const runCommand: Tool = {
  name: 'run_command',
  title: 'Run a command and wait for it',
  description: (policy) =>
    `Runs a program (argv, no shell) on a worker and waits for its end, at most ${waitWords(policy)}. When it ends in time the answer has exitCode, stdout and stderr; otherwise finished is false and the command goes on: wait for it with job_result and its id, never by running it again. ${DEADLINES}`,
  annotations: { destructiveHint: true, openWorldHint: true },
  input: (policy) => z.toJSONSchema(commandSchema(policy), { io: 'input' }),
  output: jobResultSchema,
  async run(args, call) {
    const { argv, cwd, env, stdin, waitMs, ...rest } = checked(args, commandSchema(call.policy));
    const submission = { ...rest, kind: 'command', input: { argv, cwd, env, stdin } };
    const { id } = asJob(await call.call(submitJob, submission));
    return briefWithResult(await waitForJob(id, waitMs, call), call.policy.api.toolTextBytes);
  },
};

const status: Tool = {
  name: 'job_status',
  title: 'Look at a job',
  description: () =>
    'How a job is doing now, without waiting: its state, the attempt, when it is expected to end, and the deadline. late means slower than 19 of 20 runs like it: it is not dead and not stuck, so do not cancel it for that; a job that hangs is ended at its deadline, and tried again where it has attempts left.',
  annotations: { readOnlyHint: true },
  input: () => z.toJSONSchema(idSchema, { io: 'input' }),
  output: jobBriefSchema,
  run: async (args, { call }) => briefOf(asJob(await call(getJob, checked(args, idSchema)))),
};

const result: Tool = {
  name: 'job_result',
  title: 'Wait for the result of a job',
  description: (policy) =>
    `Waits for the end of a job, at most ${waitWords(policy)}, and gives its result. When finished is false it is not over: call this again with the same id, as often as needed. Waiting costs nothing; submitting again does the work twice.`,
  annotations: { readOnlyHint: true },
  input: (policy) => z.toJSONSchema(waitSchema(policy), { io: 'input' }),
  output: jobResultSchema,
  async run(args, call) {
    const { id, waitMs } = checked(args, waitSchema(call.policy));
    return briefWithResult(await waitForJob(id, waitMs, call), call.policy.api.toolTextBytes);
  },
};

const output: Tool = {
  name: 'job_output',
  title: 'Read the output of a job',
  description: ({ api }) =>
    `What a job has written so far, also while it runs: the last ${api.toolTextBytes} bytes, or fewer with tail. Each chunk says which attempt and which stream it comes from. Kept for a day by default.`,
  annotations: { readOnlyHint: true },
  input: (policy) => flatSchema(jobOutput, policy),
  output: outputSchema,
  async run(args, { call, policy }) {
    const most = policy.api.toolTextBytes;
    const { tail = most } = args;
    return (await call(jobOutput, { ...args, tail: typeof tail === 'number' ? Math.min(tail, most) : tail })) as Json;
  },
};

const cancel: Tool = {
  name: 'cancel_job',
  title: 'Cancel a job',
  description: () =>
    'Stops a job for good, wherever it runs, with every process it has started, and says what was done: cancelled (it stopped when asked), killed (by force), already, too_late (it had ended), requested (its worker has not confirmed yet). Cancel what nobody needs any more; not what is merely late.',
  annotations: { destructiveHint: true, idempotentHint: true },
  input: (policy) => flatSchema(cancelJob, policy),
  output: jobBriefSchema.extend({ done: z.string().describe('What was done') }),
  async run(args, { call }) {
    const { done, job } = (await call(cancelJob, args)) as { done: string; job: unknown };
    return { done, ...briefOf(asJob(job)) };
  },
};

const estimateTool: Tool = {
  name: 'estimate',
  title: 'Ask how long a job would take',
  description: () =>
    'What submit_job with the same arguments would get, without submitting anything: expectedMs (half of the runs like it take no longer), lateMs (19 of 20), deadlineMs (it is ended after that), and why. basis "prior" means that nothing is known yet and the figures are guesses.',
  annotations: { readOnlyHint: true },
  input: (policy) => flatSchema(estimate, policy),
  output: estimateSchema,
  run: async (args, { call }) => (await call(estimate, args)) as Json,
};

/** In the order in which a model should think of them. */
export const TOOLS: readonly Tool[] = [runCommand, submit, result, status, output, cancel, estimateTool];

const idSchema = z.strictObject({ id: z.string().describe('Id of the job') });

const waitSchema = perPolicy((policy) => idSchema.extend(waitShape(policy)));

/** The fields of a submission without kind and input, and those of the input of a command beside them. */
const commandSchema = perPolicy((policy) => {
  const { kind: _command, input: _itsFields, ...fields } = submissionSchema(policy).shape;
  const idempotencyKey = z
    .string()
    .optional()
    .describe(submitJob.headers?.['Idempotency-Key'] ?? '');
  return z.strictObject({ ...commandInputSchema.shape, ...fields, idempotencyKey, ...waitShape(policy) });
});

function waitShape({ api }: Policy) {
  return {
    waitMs: z
      .int()
      .min(0)
      .default(api.toolWaitMs)
      .transform((askedMs) => Math.min(askedMs, api.toolWaitMs))
      .describe(`Milliseconds to wait for the end; more than ${api.toolWaitMs} is taken for ${api.toolWaitMs}`),
  };
}

function checked<S extends z.ZodType>(args: FlatParams, schema: S): z.output<S> {
  return checkQuery(args, schema, { place: '', errors: [] });
}

function waitWords({ api }: Policy): string {
  return `${Math.round(api.toolWaitMs / 1_000)} s`;
}
