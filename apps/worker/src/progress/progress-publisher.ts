import {
  ApprovalWait,
  type AttemptMonitor,
  AttemptPhases,
  type OutputStream,
  type PhaseWindow,
  type StreamPart,
  type Supervisor,
} from '@leeway/supervision';
import type { Policy } from '@leeway/contract';
import type { Clock } from '@leeway/runtime';
import { ProgressState } from './progress-state.js';
import { Silence } from './silence.js';
import type { EventBatcher } from './event-batcher.js';

export interface ProgressPublisherParts {
  supervisor: Supervisor;
  reporter: Pick<EventBatcher, 'add'>;
  clock: Clock;
  policy: Policy;
  phases: readonly PhaseWindow[];
  /** Null: nobody reads its stream. */
  monitor: AttemptMonitor | null;
}

/** It looks this often within `supervision.progressEveryMs`, so that a report is never late by more than one look. */
const LOOKS = 8;

/** What is told of a running attempt beside its output, from a timer of its own, whatever its handler does. */
export class ProgressPublisher {
  readonly waiting: ApprovalWait;
  private readonly phases: AttemptPhases;
  private readonly silence: Silence;
  private readonly book = new ProgressState();
  private toldMs = 0;
  private noticed = false;
  private complete = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: ProgressPublisherParts) {
    const { supervisor, reporter, clock, policy } = parts;
    this.waiting = new ApprovalWait({ supervisor, events: reporter, clock, mostMs: policy.limits.maxPauseMs });
    this.phases = new AttemptPhases(parts.phases, (phase) => reporter.add({ type: 'phase', value: phase }));
    this.silence = new Silence(supervisor.elapsedMs);
  }

  start(): void {
    const everyMs = this.parts.policy.supervision.progressEveryMs / LOOKS;
    this.phases.begin();
    this.timer = setInterval(() => this.look(), everyMs);
  }

  close(): void {
    clearInterval(this.timer);
    this.waiting.close();
    this.parts.monitor?.close();
  }

  output(chunk: Uint8Array | string, stream: OutputStream): void {
    if (chunk.length === 0) return;
    this.silence.output(this.elapsedMs);
    this.parts.monitor?.output(chunk, stream);
  }

  streamPart(part: StreamPart): void {
    if (part.kind === 'thinking') this.silence.thinking(this.elapsedMs);
    this.parts.monitor?.streamPart(part);
  }

  tool(running: boolean): void {
    this.silence.tool(running, this.elapsedMs);
  }

  progress(value: unknown): void {
    this.book.note(value);
    this.report();
  }

  phase(name?: string): boolean {
    return !this.parts.supervisor.closed && this.phases.advance(this.elapsedMs, name);
  }

  /** The work is done, said its process. */
  completed(): void {
    if (this.complete || this.parts.supervisor.closed) return;
    this.complete = true;
    this.parts.reporter.add({ type: 'marker', value: { elapsedMs: Math.round(this.elapsedMs) } });
  }

  private get elapsedMs(): number {
    return this.parts.supervisor.elapsedMs;
  }

  private look(): void {
    this.phases.tick(this.elapsedMs);
    this.parts.monitor?.look();
    const { progressEveryMs } = this.parts.policy.supervision;
    const silent = this.notice() !== null;
    const dueMs = this.toldMs + progressEveryMs - (2 * progressEveryMs) / LOOKS;
    // Once when it falls silent, and else as often as ever.
    if ((silent && !this.noticed) || this.parts.clock.monotonicMs() >= dueMs) this.report();
    this.noticed = silent;
  }

  private notice() {
    if (this.waiting.active) return { what: 'waiting' as const, forMs: Math.round(this.waiting.waitedMs) };
    return this.silence.notice(this.elapsedMs, this.parts.policy.supervision.noticeAfterMs);
  }

  private report(): void {
    const { supervisor, reporter, clock } = this.parts;
    this.toldMs = clock.monotonicMs();
    const moment = {
      decision: supervisor.currentDecision,
      elapsedMs: supervisor.elapsedMs,
      deadlineMs: supervisor.deadlineMs,
      phase: this.phases.current,
      notice: this.notice(),
    };
    reporter.add({ type: 'progress', value: this.book.report(moment) });
  }
}
