import type { MonitorPolicy, MonitorView } from '@leeway/contract';
import type { AttemptLimits } from '../attempt-limits.js';
import type { EventSink } from '../events.js';
import type { Extension, Supervisor } from '../supervisor.js';
import { ReadingBudget } from './reading-budget.js';
import { type Finding, StreamMonitor } from './stream-monitor.js';
import type { StreamPart } from './stream-part.js';

/** One extension is this share of the decided deadline, between a second and a minute: four of them double it. */
export const EXTENSION_STEP = { share: 0.25, leastMs: 1_000, mostMs: 60_000 } as const;

/**
 * The idle window while a stream closes or is suspected, as a share of the decided one: silence after closing words means that
 * it hangs. Never below the idle window that chat has by default, so that only longer ones are shortened.
 */
export const SHORTENED_IDLE = { share: 0.5, floorMs: 30_000 } as const;

/** Characters of one stream that are read in a second: a hundred times as fast as a model writes, and still little work. */
const READ_CHARS_PER_S = 65_536;

/** Shortest time between two events of one monitor, which bounds their number. */
const EVENT_EVERY_MS = 5_000;

export interface AttemptMonitorOptions {
  rules: MonitorPolicy;
  /** True: it may extend, shorten silence and stop; false: it only publishes what it reads. */
  acts: boolean;
  /** Earlier attempts of this job that were ended as stuck: each doubles the patience. */
  stuckBefore: number;
  supervisor: Pick<Supervisor<AttemptLimits>, 'elapsedMs' | 'currentDecision' | 'tightenIdle' | 'stop' | 'closed'>;
  events: EventSink;
}

/** Reads the stream of an attempt and does what the policy lets it: extend, shorten silence, stop work that repeats itself. */
export class AttemptMonitor {
  /** Created with the first part of the stream: most attempts have none, and it takes 5 kB. */
  private reading: { monitor: StreamMonitor; budget: ReadingBudget } | undefined;
  private readonly decidedMs: number;
  private extensions = 0;
  private extendedMs = 0;
  private idleMs: number | null = null;
  private published = { event: '', view: '', atMs: -Infinity };

  constructor(private readonly options: AttemptMonitorOptions) {
    this.decidedMs = options.supervisor.currentDecision.deadlineMs;
  }

  output(chunk: Uint8Array | string, stream: string): void {
    const nowMs = this.options.supervisor.elapsedMs;
    const { monitor, budget } = this.read();
    const text = budget.take(chunk, { stream, nowMs });
    if (text !== '') monitor.text(text, nowMs);
  }

  streamPart(part: StreamPart): void {
    const nowMs = this.options.supervisor.elapsedMs;
    const { monitor, budget } = this.read();
    const readable =
      part.kind === 'thinking' ? { ...part, text: budget.take(part.text, { stream: 'thinking', nowMs }) } : part;
    monitor.streamPart(readable, nowMs);
  }

  /** Acts on what was read, and publishes changes. To be called from a timer, never for a token. */
  look(): void {
    const { supervisor, acts } = this.options;
    if (supervisor.closed || this.reading === undefined) return;
    const finding = this.reading.monitor.finding(supervisor.elapsedMs);
    if (acts) this.act(finding);
    this.publish(finding);
  }

  /** The next deadline for an attempt that has reached its own, or null. To be called once for each extension. */
  extension(decision: Pick<AttemptLimits, 'deadlineMs' | 'hardCapMs'>): Extension | null {
    const { rules, acts, supervisor } = this.options;
    const finding = this.reading?.monitor.finding(supervisor.elapsedMs);
    if (!acts || finding === undefined || !finding.fresh) return null;
    const { share, leastMs, mostMs } = EXTENSION_STEP;
    const stepMs = Math.min(Math.max(share * this.decidedMs, leastMs), mostMs);
    const leftMs = (rules.extendFactor - 1) * this.decidedMs - this.extendedMs;
    const deadlineMs = Math.round(Math.min(decision.deadlineMs + Math.min(stepMs, leftMs), decision.hardCapMs));
    if (deadlineMs <= decision.deadlineMs) return null;
    this.extensions += 1;
    this.extendedMs += deadlineMs - decision.deadlineMs;
    return { deadlineMs, by: 'monitor', reason: finding.reason };
  }

  /** The attempt has ended: the last finding is kept with it, unless there was no stream. */
  close(): void {
    if (this.reading === undefined) return;
    const finding = this.reading.monitor.finding(this.options.supervisor.elapsedMs);
    this.options.events.add({ type: 'monitor_view', value: this.view(finding) });
  }

  private read(): { monitor: StreamMonitor; budget: ReadingBudget } {
    const { rules, stuckBefore } = this.options;
    this.reading ??= {
      monitor: new StreamMonitor(rules, 2 ** stuckBefore),
      budget: new ReadingBudget(READ_CHARS_PER_S),
    };
    return this.reading;
  }

  private act({ advice, outOfPatience, stuck, reason }: Finding): void {
    const { supervisor } = this.options;
    if (outOfPatience && stuck !== null)
      return supervisor.stop({ cause: 'stuck', message: `${reason}, for ${Math.round(stuck.forMs / SECOND_MS)} s` });
    const idleMs = advice === 'shorten' ? this.tightIdleMs(supervisor.currentDecision.idleMs) : null;
    if (idleMs === this.idleMs) return;
    this.idleMs = idleMs;
    supervisor.tightenIdle(idleMs);
  }

  /** Null: there is no idle window, or it is short enough. */
  private tightIdleMs(idleMs: number | null): number | null {
    const { share, floorMs } = SHORTENED_IDLE;
    const tightMs = idleMs === null ? null : Math.round(Math.max(share * idleMs, floorMs));
    return tightMs === null || idleMs === null || tightMs >= idleMs ? null : tightMs;
  }

  /** What the stream is doing is an event; what only speaks for other advice replaces the view that is kept. */
  private publish(finding: Finding): void {
    const { events, supervisor } = this.options;
    const { intent, stuck, reason } = finding;
    const event = `${intent} ${stuck?.what ?? ''} ${this.idleMs} ${this.extensions}`;
    const view = `${event} ${reason}`;
    if (intent === null || view === this.published.view) return;
    if (supervisor.elapsedMs - this.published.atMs < EVENT_EVERY_MS) return;
    const type = event === this.published.event ? 'monitor_view' : 'monitor';
    this.published = { event, view, atMs: supervisor.elapsedMs };
    events.add({ type, value: this.view(finding) });
  }

  private view({ intent, confidence, advice, reason, stuck }: Finding): MonitorView {
    return {
      ...{ intent, advice, reason, stuck },
      confidence: Math.round(confidence * HUNDREDTHS) / HUNDREDTHS,
      extensions: this.extensions,
      extendedMs: Math.round(this.extendedMs),
      idleMs: this.idleMs,
    };
  }
}

const SECOND_MS = 1_000;
const HUNDREDTHS = 100;
