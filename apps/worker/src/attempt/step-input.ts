import { type Policy, resultText, stepReferences, withStepResults } from '@leeway/contract';
import type { AttemptStore, ClaimedAttempt } from '@leeway/queue';
import type { AttemptWork } from '../decision/attempt-work.js';

/**
 * The input of an attempt, with the results of other steps in their places; of a job that is no step as it is. A result
 * that is not there (its step failed, and the workflow went on) is an empty text.
 */
export async function inputOf(
  attempt: ClaimedAttempt,
  { kind, input }: Pick<AttemptWork, 'kind' | 'input'>,
  { attempts, policy }: { attempts: Pick<AttemptStore, 'stepResults'>; policy: Policy },
): Promise<unknown> {
  if (attempt.record.text('workflow') === undefined) return input;
  const steps = [...new Set(stepReferences(kind, input).map(({ step }) => step))];
  if (steps.length === 0) return input;
  const results = await attempts.stepResults(attempt, steps);
  return withStepResults(kind, input, (step) => {
    const from = results.get(step);
    return from === undefined ? '' : cut(resultText(from.kind, from.result), policy.workflows.passedBytes);
  });
}

/** The beginning of a text, never half a character, with a line that says what is missing. */
function cut(text: string, mostBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= mostBytes) return text;
  const kept = new TextDecoder().decode(bytes.subarray(0, mostBytes), { stream: true });
  return `${kept}\n[cut off: ${bytes.length - mostBytes} of ${bytes.length} bytes]\n`;
}
