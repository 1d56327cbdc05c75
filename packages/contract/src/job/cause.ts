/** Causes of a job or attempt that did not succeed: a stable name, and a sentence for people. */
export const CAUSES = {
  error: 'The work itself failed: a non-zero exit, or an error that the handler threw.',
  deadline: 'The attempt reached its deadline and was stopped.',
  first_output: 'There was no output within the time allowed for the first output.',
  idle: 'Output stopped for longer than the idle window.',
  tool_silence: 'A tool call was silent for longer than its window.',
  queue_wait: 'No worker took the job within the queue-wait limit.',
  overall: 'All attempts and the pauses between them reached the overall limit.',
  complete_by: 'The time given in completeBy passed.',
  worker_lost:
    'Its worker died, froze or was cut off: more often than maxLosses allows, or the job must not run twice.',
  budget_exhausted: 'The time budget of the workflow, or of the mode, was used up.',
  stuck: 'The output repeated itself without anything new.',
  provider: 'The model provider failed or could not be reached.',
  usage_limit: 'The model provider reported that a usage limit is reached.',
  token_limit: 'The answer hit a token limit.',
  invalid_output: 'The output does not have the form that it should have.',
  cancelled: 'The job was cancelled.',
} as const;
export type Cause = keyof typeof CAUSES;
export const CAUSE_NAMES = Object.keys(CAUSES) as [Cause, ...Cause[]];

/**
 * Outcome of an attempt. `stopped`: a limit ended it, named by the cause. These do not count against the attempts of the job:
 * `lost` (its worker is gone), `released` (its worker shut down), `deferred` (its provider takes no calls now, so the job
 * waits for that).
 */
export const OUTCOMES = ['succeeded', 'failed', 'stopped', 'cancelled', 'lost', 'released', 'deferred'] as const;
export type Outcome = (typeof OUTCOMES)[number];
