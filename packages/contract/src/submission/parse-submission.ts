import type { z } from 'zod';
import { LeewayError } from '../errors.js';
import { describeIssues, invalidRequest, readAs } from '../format/issues.js';
import { knownFields } from '../format/known-fields.js';
import { FORBIDDEN_ENV } from '../policy/commands.js';
import { perPolicy } from '../policy/per-policy.js';
import type { Policy } from '../policy/policy.js';
import { checkWebhook } from '../webhook/webhook.js';
import { readWorkflow, WORKFLOW_KIND, workflowInputSchema } from '../workflow/workflow.js';
import {
  chatInputSchema,
  commandInputSchema,
  submissionSchema,
  type ChatInput,
  type CommandInput,
  type Submission,
} from './submission.js';

/** Largest metadata, as JSON: every list of jobs has them. */
const MAX_METADATA_BYTES = 16 * 1024;

const BUILT_IN_INPUTS: Record<string, z.ZodType> = { command: commandInputSchema, chat: chatInputSchema };

const workflowSchema = perPolicy((policy) => workflowInputSchema(submissionSchema(policy).shape));

export interface SubmissionRules {
  policy: Policy;
  /** Kinds with a handler. */
  kinds: readonly string[];
}

/** Throws LeewayError `invalid_request`, or that of {@link checkSubmission}. */
export function parseSubmission(body: unknown, rules: SubmissionRules): Submission {
  return checkSubmission(readAs(submissionSchema(rules.policy), body), rules);
}

/**
 * Checks what the schema of a submission cannot express, and reads the input under the schema of its kind. Throws
 * LeewayError `invalid_request`, `unknown_kind`, `unknown_provider`, `command_not_allowed`, `env_not_allowed` or
 * `webhook_not_allowed`, with every problem listed.
 */
export function checkSubmission(submission: Submission, rules: SubmissionRules): Submission {
  const { policy } = rules;
  const idle = windowsThatNeverEnd(submission);
  if (idle.length > 0) throw invalidRequest(idle);
  if (!rules.kinds.includes(submission.kind)) {
    throw new LeewayError(
      'unknown_kind',
      `No handler runs the kind "${submission.kind}". Known kinds: ${rules.kinds.join(', ')}.`,
      { errors: [{ path: '/kind', message: `known are ${rules.kinds.join(', ')}` }] },
    );
  }
  const checked = { ...submission, input: readInput(submission, rules) };
  const { metadata } = checked;
  if (metadata !== undefined && JSON.stringify(metadata).length > MAX_METADATA_BYTES) {
    const message = `expected at most ${MAX_METADATA_BYTES} bytes as JSON`;
    throw invalidRequest([{ path: '/metadata', message }]);
  }
  checkWebhook(checked.webhook, policy.webhooks);
  checkPolicy(checked, policy);
  return checked;
}

function readInput(submission: Submission, rules: SubmissionRules): unknown {
  const { policy } = rules;
  if (submission.kind === WORKFLOW_KIND) {
    const readStep = (step: unknown) => parseSubmission(step, rules);
    return readWorkflow(submission, { policy, schema: workflowSchema(policy), readStep });
  }
  const schema = BUILT_IN_INPUTS[submission.kind];
  if (schema === undefined) return submission.input;
  const input = schema.safeParse(submission.input);
  if (input.success) return input.data;
  const errors = describeIssues(input.error, submission.input, (path) => knownFields(schema, path));
  throw invalidRequest(errors.map((error) => ({ ...error, path: `/input${error.path}` })));
}

/** Windows that are longer than the whole attempt: either the window or the timeout is a mistake. */
function windowsThatNeverEnd({ timeoutMs, limits = {} }: Submission): { path: string; message: string }[] {
  if (typeof timeoutMs !== 'number') return [];
  return (['firstOutputMs', 'idleMs'] as const).flatMap((name) => {
    const limitMs = limits[name];
    if (limitMs === undefined || limitMs <= timeoutMs) return [];
    const message = `expected at most timeoutMs (${timeoutMs} ms), since a longer window has no effect; got ${limitMs}`;
    return [{ path: `/limits/${name}`, message }];
  });
}

function checkPolicy(submission: Submission, policy: Policy): void {
  if (submission.kind === 'chat') {
    const { provider } = submission.input as ChatInput;
    const names = Object.keys(policy.providers);
    if (names.length === 0)
      throw new LeewayError(
        'unknown_provider',
        'The policy names no provider, so no chat job can run. Add one under "providers".',
      );
    if (provider !== undefined && !names.includes(provider))
      throw new LeewayError('unknown_provider', `No provider "${provider}". Known: ${names.join(', ')}.`);
  }
  if (submission.kind === 'command') checkCommand(submission.input as CommandInput, policy);
}

function checkCommand(input: CommandInput, policy: Policy): void {
  const program = input.argv[0] ?? '';
  if (program === '')
    throw invalidRequest([{ path: '/input/argv/0', message: 'expected the name or path of a program; got ""' }]);
  if (input.cwd !== undefined && !input.cwd.startsWith('/'))
    throw invalidRequest([{ path: '/input/cwd', message: `expected an absolute path; got "${input.cwd}"` }]);
  const { allow, allowEnv } = policy.commands;
  if (!allow.includes('*') && !allow.includes(program)) {
    throw new LeewayError(
      'command_not_allowed',
      `"${program}" is not among the commands that the policy allows: ${allow.join(', ') || 'none'}.`,
    );
  }
  for (const name of Object.keys(input.env ?? {})) {
    if ((FORBIDDEN_ENV as readonly string[]).includes(name) || !allowEnv.includes(name)) {
      throw new LeewayError('env_not_allowed', `A job may not set ${name}. Allowed: ${allowEnv.join(', ') || 'none'}.`);
    }
  }
}
