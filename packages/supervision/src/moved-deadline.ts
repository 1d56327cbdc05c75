import type { Decision } from '@leeway/contract';

/**
 * A decision whose deadline was moved: what decides is no longer the part that a step had of the workflow's time, once
 * the deadline lies beyond it, but the learned deadline, or all that the steps behind it leave.
 */
export function withDeadline(decision: Decision, deadlineMs: number): Decision {
  const caps = decision.caps.map((cap) => {
    if (cap.name === 'share') return { ...cap, bit: cap.bit && deadlineMs <= cap.limitMs };
    return cap.name === 'budget' ? { ...cap, bit: cap.bit || Math.ceil(deadlineMs) >= Math.floor(cap.limitMs) } : cap;
  });
  return { ...decision, deadlineMs, caps };
}

/** Whether a deadline is only the part of a step, which it may go beyond while there is time. */
export function endsAtShare({ caps }: Decision): boolean {
  return caps.some(({ name, bit }) => name === 'share' && bit);
}
