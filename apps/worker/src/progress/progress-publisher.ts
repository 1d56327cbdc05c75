import type { Policy, ProgressReport } from '@leeway/contract';
import type { Clock } from '@leeway/runtime';
import {
  ApprovalWait,
  type AttemptMonitor,
  AttemptPhases,
  type OutputStream,
  type PhaseWindow,
  type StreamPart,
  type Supervisor,
} from '@leeway/supervision';
import type { EventBatcher } from './event-batcher.js';
import { ProgressState } from './progress-state.js';
import { Silence } from './silence.js';

export interface ProgressPublisherOptions {
  supervisor: Supervisor;
  events: Pick<EventBatcher, 'add'>;
  clock: Clock;
  policy: Policy;
  phases: readonly PhaseWindow[];
  /** Null: its stream is not read. */
  monitor: AttemptMonitor | null;
}

/** Checks within one `supervision.progressEveryMs`: a report is late by at most one of them. */
const CHECKS = 8;
/** Part of the time between two reports from which silence is explained: shorter pauses explain themselves. */
const NOTICE_SHARE = 0.625;

/** Publishes progress, phases and silence of a running attempt, from a timer of its own, whatever its handler does. */
export class ProgressPublisher {
  readonly approval: ApprovalWait;
  private readonly phases: AttemptPhases;
  private readonly silence: Silence;
  private readonly state = new ProgressState();
  private publishedMs = 0;
  private wasSilent = false;
  private isComplete = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: ProgressPublisherOptions) {
    const { supervisor, events, clock, policy } = options;
    this.approval = new ApprovalWait({ supervisor, events, clock, mostMs: policy.limits.maxPauseMs });
    this.phases = new AttemptPhases(options.phases, (phase) => events.add({ type: 'phase', value: phase }));
    this.silence = new Silence(supervisor.elapsedMs);
  }

  start(): void {
    const everyMs = this.options.policy.supervision.progressEveryMs / CHECKS;
    this.phases.begin();
    this.timer = setInterval(() => this.check(), everyMs);
  }

  close(): void {
    clearInterval(this.timer);
    this.approval.close();
    this.options.monitor?.close();
  }

  output(chunk: Uint8Array | string, stream: OutputStream): void {
    if (chunk.length === 0) return;
    this.silence.output(this.elapsedMs);
    this.options.monitor?.output(chunk, stream);
  }

  streamPart(part: StreamPart): void {
    if (part.kind === 'thinking') this.silence.thinking(this.elapsedMs);
    this.options.monitor?.streamPart(part);
  }

  tool(running: boolean): void {
    this.silence.tool(running, this.elapsedMs);
  }

  progress(value: unknown): void {
    this.state.setValue(value);
    this.publish();
  }

  phase(name?: string): boolean {
    return !this.options.supervisor.closed && this.phases.advance(this.elapsedMs, name);
  }

  /** The work is done, although its process may still run. */
  completed(): void {
    if (this.isComplete || this.options.supervisor.closed) return;
    this.isComplete = true;
    this.options.events.add({ type: 'marker', value: { elapsedMs: Math.round(this.elapsedMs) } });
  }

  private get elapsedMs(): number {
    return this.options.supervisor.elapsedMs;
  }

  private check(): void {
    this.phases.tick(this.elapsedMs);
    this.options.monitor?.look();
    const { progressEveryMs } = this.options.policy.supervision;
    const silent = this.notice() !== null;
    const dueMs = this.publishedMs + progressEveryMs - (2 * progressEveryMs) / CHECKS;
    // At once when it falls silent, and at the usual times.
    if ((silent && !this.wasSilent) || this.options.clock.monotonicMs() >= dueMs) this.publish();
    this.wasSilent = silent;
  }

  /** Why nothing is to be seen; null: there was output lately. */
  private notice(): ProgressReport['notice'] {
    if (this.approval.active) return { what: 'waiting', forMs: Math.round(this.approval.waitedMs) };
    return this.silence.notice(this.elapsedMs, this.options.policy.supervision.progressEveryMs * NOTICE_SHARE);
  }

  private publish(): void {
    const { supervisor, events, clock } = this.options;
    this.publishedMs = clock.monotonicMs();
    const moment = {
      decision: supervisor.currentDecision,
      elapsedMs: supervisor.elapsedMs,
      deadlineMs: supervisor.deadlineMs,
      phase: this.phases.current,
      notice: this.notice(),
    };
    events.add({ type: 'progress', value: this.state.report(moment) });
  }
}
