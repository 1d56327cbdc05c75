import { commandInputSchema, durationText, perPolicy, readAs, submissionSchema, type Policy } from '@leeway/contract';
import { API_BOUNDS } from '../calls/bounds.js';
import { z } from 'zod';
import { flatSchema } from '../calls/flat-params.js';
import { estimateSchema, outputSchema } from '../calls/reply-schemas.js';
import { cancelJob } from '../routes/control/cancel-job.js';
import { getJob } from '../routes/jobs/get-job.js';
import { jobOutput } from '../routes/jobs/job-output.js';
import { estimate } from '../routes/submissions/estimate.js';
import { submitJob } from '../routes/submissions/submit-job.js';
import { briefOf, briefWithResult, jobBriefSchema, jobResultSchema } from './job-brief.js';
import { asJob, type Tool } from './tool.js';
import { waitForJob } from './wait-for-job.js';

type Json = Record<string, unknown>;

const DEADLINES =
  'Leave out timeoutMs unless the user gave a limit: the deadline is then learned from earlier runs like this one, and is long (minutes) while there are few. With timeoutMs the attempt is ended after that time, healthy or not.';

const submit: Tool = {
  name: 'submit_job',
  title: 'Submit a job',
  description: () =>
    `Puts a job into the queue and replies at once with its id. Use it for long work, for work whose result you need later or not at all, and for other kinds than commands; to run a command and use its result, run_command is simpler. The input of kind command: { argv, cwd?, env?, stdin? }; of chat: { model, messages, ... }; of workflow: { steps: [{ name, kind, input, needs? }] }; other kinds are defined by the operator. ${DEADLINES} A label groups runs whose times are learned together: use the same label for the same sort of work. Submitting twice with the same idempotencyKey gives the same job.`,
  annotations: { destructiveHint: true, openWorldHint: true },
  input: (policy) => flatSchema(submitJob, policy),
  output: jobBriefSchema,
  run: async (args, { call }) => briefOf(asJob(await call(submitJob, args))),
};

const runCommand: Tool = {
  name: 'run_command',
  title: 'Run a command and wait for it',
  description: (policy) =>
    `Runs a program (argv, no shell) on a worker and waits until it ends, at most ${durationText(policy.api.toolWaitMs)}. If it ends in time, the result has exitCode, stdout and stderr. If not, finished is false and the command continues: wait for it with job_result and its id, and do not run it again. ${DEADLINES}`,
  annotations: { destructiveHint: true, openWorldHint: true },
  input: (policy) => z.toJSONSchema(commandSchema(policy), { io: 'input' }),
  output: jobResultSchema,
  async run(args, call) {
    const { argv, cwd, env, stdin, waitMs, ...rest } = readAs(commandSchema(call.policy), args);
    const submission = { ...rest, kind: 'command', input: { argv, cwd, env, stdin } };
    const { id } = asJob(await call.call(submitJob, submission));
    return briefWithResult(await waitForJob(id, waitMs, call), call.bounds.toolTextBytes);
  },
};

const status: Tool = {
  name: 'job_status',
  title: 'Look at a job',
  description: () =>
    'Replies at once with the current state of a job: its attempt, when it is expected to finish, and its deadline. late means slower than 19 of 20 runs like it: the job is neither dead nor stuck, so do not cancel it for that. A job that hangs is ended at its deadline, and tried again if it has attempts left.',
  annotations: { readOnlyHint: true },
  input: () => z.toJSONSchema(idSchema, { io: 'input' }),
  output: jobBriefSchema,
  run: async (args, { call }) => briefOf(asJob(await call(getJob, readAs(idSchema, args)))),
};

const result: Tool = {
  name: 'job_result',
  title: 'Wait for the result of a job',
  description: (policy) =>
    `Waits until a job ends, at most ${durationText(policy.api.toolWaitMs)}, and replies with its result. If finished is false, the job has not ended: call this tool again with the same id, as often as needed. Waiting costs nothing; submitting the job again does the work twice.`,
  annotations: { readOnlyHint: true },
  input: (policy) => z.toJSONSchema(waitSchema(policy), { io: 'input' }),
  output: jobResultSchema,
  async run(args, call) {
    const { id, waitMs } = readAs(waitSchema(call.policy), args);
    return briefWithResult(await waitForJob(id, waitMs, call), call.bounds.toolTextBytes);
  },
};

const output: Tool = {
  name: 'job_output',
  title: 'Read the output of a job',
  description: () =>
    `Replies with what a job has written so far, also while it runs: the last ${API_BOUNDS.toolTextBytes} bytes, or fewer with tail. Each chunk names its attempt and its stream. Output is kept for a day by default.`,
  annotations: { readOnlyHint: true },
  input: (policy) => flatSchema(jobOutput, policy),
  output: outputSchema,
  async run(args, { call, bounds }) {
    const most = bounds.toolTextBytes;
    const { tail = most } = args;
    return (await call(jobOutput, { ...args, tail: typeof tail === 'number' ? Math.min(tail, most) : tail })) as Json;
  },
};

const cancel: Tool = {
  name: 'cancel_job',
  title: 'Cancel a job',
  description: () =>
    'Stops a job for good, with every process that it has started, and replies with what was done: cancelled (it stopped when asked), killed (it was ended by force), already (it was cancelled before), too_late (it had ended), requested (its worker has not confirmed yet). Cancel work that is not needed any more, not work that is only late.',
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
  title: 'Estimate how long a job would take',
  description: () =>
    'Replies with what submit_job would give with the same arguments, without submitting anything: expectedMs (half of the runs like it take no longer), lateMs (19 of 20 take no longer), deadlineMs (it is ended after that), and why. basis "prior" means that there is no history and the figures are defaults.',
  annotations: { readOnlyHint: true },
  input: (policy) => flatSchema(estimate, policy),
  output: estimateSchema,
  run: async (args, { call }) => (await call(estimate, args)) as Json,
};

/** In the order in which a model should consider them. */
export const TOOLS: readonly Tool[] = [runCommand, submit, result, status, output, cancel, estimateTool];

const idSchema = z.strictObject({ id: z.string().describe('Id of the job') });

const waitSchema = perPolicy((policy) => idSchema.extend(waitShape(policy)));

/** The fields of a submission without kind and input, and in their place the fields of a command's input. */
const commandSchema = perPolicy((policy) => {
  const { kind: _kind, input: _input, ...fields } = submissionSchema(policy).shape;
  const idempotencyKey = z
    .string()
    .optional()
    .describe(submitJob.headers['Idempotency-Key'] ?? '');
  return z.strictObject({ ...commandInputSchema.shape, ...fields, idempotencyKey, ...waitShape(policy) });
});

function waitShape({ api }: Policy) {
  return {
    waitMs: z
      .int()
      .min(0)
      .default(api.toolWaitMs)
      .transform((wantedMs) => Math.min(wantedMs, api.toolWaitMs))
      .describe(
        `Milliseconds to wait until the job ends; at most ${api.toolWaitMs}, larger values are reduced to that`,
      ),
  };
}
