import { isWithoutTimeout, type Decision } from '@leeway/contract';
import { durationText } from './duration-text.js';

/** How long an attempt may take, in words. */
export function allowedText(decision: Decision): string {
  return isWithoutTimeout(decision) ? 'no timeout' : durationText(decision.deadlineMs);
}
