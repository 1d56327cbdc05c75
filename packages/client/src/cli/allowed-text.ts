import { isWithoutTimeout, type Decision } from '@leeway/contract';
import { showDuration } from './duration.js';

/** How long an attempt may take, or `none` where nothing but silence and the backstop ends it. */
export function allowedText(decision: Decision): string {
  return isWithoutTimeout(decision) ? 'none' : showDuration(decision.deadlineMs);
}
