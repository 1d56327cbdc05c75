import { DoNotRetryError } from '@leeway/supervision';
import { type CommandsPolicy, FORBIDDEN_ENV } from '@leeway/contract';
import { ATTEMPT_MARKER, JOB_MARKER } from './process-tree/marker.js';

export interface CommandEnvSources {
  readonly policy: CommandsPolicy;
  /** The worker's environment, of which the command gets the variables in `passEnv` of the policy. */
  readonly worker: NodeJS.ProcessEnv;
  /** The variables in the input of the job. */
  readonly job: Readonly<Record<string, string>>;
  readonly jobId: string;
  readonly attemptId: string;
}

/**
 * The whole environment of a command. The job's names are checked again, because a queued job may be older than the policy.
 * Throws DoNotRetryError `env_not_allowed`.
 */
export function commandEnv({ policy, worker, job, jobId, attemptId }: CommandEnvSources): Record<string, string> {
  const env = new Map<string, string>();
  for (const name of policy.passEnv) {
    const value = worker[name];
    if (value !== undefined) env.set(name, value);
  }
  for (const [name, value] of Object.entries(job)) {
    if (!mayBeSet(name, policy)) {
      throw new DoNotRetryError(
        `A job may not set the variable ${name}. The policy allows (commands.allowEnv): ${policy.allowEnv.join(', ') || 'none'}.`,
        {
          code: 'env_not_allowed',
        },
      );
    }
    env.set(name, value);
  }
  // The markers come last, so that no variable can replace them: processes of a command are found by them.
  env.set(ATTEMPT_MARKER, attemptId);
  env.set(JOB_MARKER, jobId);
  return Object.fromEntries(env);
}

function mayBeSet(name: string, policy: CommandsPolicy): boolean {
  const forbidden: readonly string[] = FORBIDDEN_ENV;
  return policy.allowEnv.includes(name) && !forbidden.includes(name) && name !== ATTEMPT_MARKER && name !== JOB_MARKER;
}
