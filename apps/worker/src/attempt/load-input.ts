import { resultText, stepReferences, withStepResults } from '@leeway/contract';
import type { AttemptStore, ClaimedAttempt } from '@leeway/queue';
import type { AttemptWork } from '../decision/attempt-work.js';
import type { Attempt } from './attempt.js';

/** Loads the input of the handler. */
export async function loadInput(attempt: Attempt): Promise<void> {
  const { claim, result, worker } = attempt;
  if (claim === undefined || result !== undefined) return;
  attempt.input = { value: await inputOf(claim, claim.work, worker) };
}

/** Most text of one result that a later step gets; the rest is cut off and marked. As much as a result keeps of stdout. */
const PASSED_BYTES = 256 * 1024;

/**
 * The input of an attempt with the results of other steps in their places; unchanged for a job that is no step. A missing
 * result (its step failed, and the workflow continued) is an empty text.
 */
async function inputOf(
  claimed: ClaimedAttempt,
  { kind, input }: Pick<AttemptWork, 'kind' | 'input'>,
  { attempts }: { attempts: Pick<AttemptStore, 'stepResults'> },
): Promise<unknown> {
  if (claimed.record.text('workflow') === undefined) return input;
  const steps = [...new Set(stepReferences(kind, input).map(({ step }) => step))];
  if (steps.length === 0) return input;
  const results = await attempts.stepResults(claimed, steps);
  return withStepResults(kind, input, (step) => {
    const from = results.get(step);
    return from === undefined ? '' : cut(resultText(from.kind, from.result), PASSED_BYTES);
  });
}

/** The beginning of a text, never half a character, with a line about how much is missing. */
function cut(text: string, mostBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= mostBytes) return text;
  const kept = new TextDecoder().decode(bytes.subarray(0, mostBytes), { stream: true });
  return `${kept}\n[cut off: ${bytes.length - mostBytes} of ${bytes.length} bytes]\n`;
}
