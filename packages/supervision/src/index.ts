export { ApprovalWait, type ApprovalWaitOptions } from './approval-wait.js';
export type { AttemptLimits, ClockCause } from './attempt-limits.js';
export type { ClockReadings, Expiry, PauseReason } from './clocks.js';
export type { EventSink, SupervisionEvent } from './events.js';
export { type Deferral, DoNotRetryError, type FailureDetails, forbidsRetry, HandlerError } from './handler-error.js';
export {
  AttemptMonitor,
  type AttemptMonitorOptions,
  EXTENSION_STEP,
  SHORTENED_IDLE,
} from './monitor/attempt-monitor.js';
export { TOOL_QUICK_MS, TOOL_REPEATS } from './monitor/repeated-calls.js';
export { REPEATED_WORDS, SUSPECT_SHARE } from './monitor/repeated-text.js';
export { FRESH_MS } from './monitor/stream-monitor.js';
export type { OutputStream, StreamPart } from './monitor/stream-part.js';
export { AttemptPhases } from './phases/attempt-phases.js';
export { type PhaseWindow, PhaseWalk, type PlanRules, planPhases, type RunningPhase } from './phases/phase-plan.js';
export type { RunResult, StopReason } from './run-result.js';
export { type ClockCalls, type Extension, Supervisor, type SupervisorOptions } from './supervisor.js';
