import type { Decision } from '@leeway/contract';

/** Smaller growth is noise. */
export const GROWTH_NOTICED = 0.02;

/**
 * New deadline of an attempt that has reached its deadline; null: it ends. `again`: a decision of now, since results that
 * arrived after the start may show that the deadline was too short.
 */
export function extendedDeadlineMs(current: Decision, again: Decision): number | null {
  const grown = Math.min(again.deadlineMs, current.hardCapMs);
  return grown > current.deadlineMs * (1 + GROWTH_NOTICED) ? grown : null;
}

/** Whether the deadline is the share of a step: an extension may exceed it while the workflow has time. */
export function endsAtShare({ caps, deadlineMs }: Decision): boolean {
  return caps.some(({ name, bit, limitMs }) => name === 'share' && bit && deadlineMs <= limitMs);
}
