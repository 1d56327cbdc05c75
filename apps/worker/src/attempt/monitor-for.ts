import { ofStreamKind, streamKind, type MonitorMode, type Policy } from '@leeway/contract';
import { AttemptMonitor, type AttemptMonitorOptions } from '@leeway/supervision';
import { type AttemptWork, earlierAttempts } from '../decision/attempt-work.js';
import type { Claim } from './attempt.js';

export interface MonitoredAttempt extends Pick<AttemptMonitorOptions, 'supervisor' | 'events'> {
  claim: Pick<Claim, 'work' | 'record' | 'number'>;
  policy: Policy;
}

/** The monitor of an attempt's stream, as policy and submission want it; null: the stream is not read. */
export function monitorFor({ claim, policy, supervisor, events }: MonitoredAttempt): AttemptMonitor | null {
  const mode = monitorMode(claim.work, policy);
  if (mode === 'off') return null;
  const stuckBefore = earlierAttempts(claim).filter(({ cause }) => cause === 'stuck').length;
  return new AttemptMonitor({ rules: policy.monitor, acts: mode === 'act', stuckBefore, supervisor, events });
}

export function monitorMode(
  work: Pick<AttemptWork, 'kind' | 'input' | 'limits'>,
  { monitor }: Pick<Policy, 'monitor'>,
): MonitorMode {
  if (!monitor.enabled || work.limits.monitor === false) return 'off';
  return ofStreamKind(monitor.kinds, streamKind(work)) ?? 'off';
}
