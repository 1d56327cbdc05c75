import { ofStreamKind, streamKind } from '@leeway/contract';
import { AttemptMonitor, type AttemptMonitorOptions } from '@leeway/supervision';
import type { MonitorMode, Policy } from '@leeway/contract';
import type { ClaimedAttempt } from '@leeway/queue';
import type { AttemptWork } from '../decision/attempt-work.js';

export interface MonitoredAttempt extends Pick<AttemptMonitorOptions, 'supervisor' | 'events'> {
  opened: ClaimedAttempt;
  work: Pick<AttemptWork, 'kind' | 'input' | 'limits'>;
  policy: Policy;
}

/** The reader of an attempt's stream, as policy and submission want it; null: nobody reads it. */
export function monitorFor({ opened, work, policy, supervisor, events }: MonitoredAttempt): AttemptMonitor | null {
  const mode = monitorMode(work, policy);
  if (mode === 'off') return null;
  const stuckBefore = opened.record.attempts.filter(({ cause }) => cause === 'stuck').length;
  return new AttemptMonitor({ rules: policy.monitor, acts: mode === 'act', stuckBefore, supervisor, events });
}

export function monitorMode(work: MonitoredAttempt['work'], { monitor }: Policy): MonitorMode {
  if (!monitor.enabled || work.limits.monitor === false) return 'off';
  return ofStreamKind(monitor.kinds, streamKind(work)) ?? 'off';
}
