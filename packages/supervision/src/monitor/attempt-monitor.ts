import type { Decision, MonitorPolicy, MonitorView } from '@leeway/contract';
import type { Extension } from '../extension.js';
import type { EventSink } from '../event-sink.js';
import type { Supervisor } from '../supervisor.js';
import { ReadingBudget } from './reading-budget.js';
import { type Finding, StreamMonitor } from './stream-monitor.js';
import type { StreamPart } from './stream-part.js';

export interface AttemptMonitorParts {
  rules: MonitorPolicy;
  /** Whether it may do anything, or only shows what it reads. */
  acts: boolean;
  /** Attempts of this job that were ended as stuck: each doubles the patience. */
  stuckBefore: number;
  supervisor: Pick<Supervisor, 'elapsedMs' | 'currentDecision' | 'tightenIdle' | 'stop' | 'over'>;
  reporter: EventSink;
}

/** Reads the stream of an attempt and does what the policy lets it: extend, shorten silence, end what goes in circles. */
export class AttemptMonitor {
  readonly #monitor: StreamMonitor;
  readonly #budget: ReadingBudget;
  readonly #decidedMs: number;
  #extensions = 0;
  #extendedMs = 0;
  #idleMs: number | null = null;
  #told = { told: '', kept: '', atMs: -Infinity };

  constructor(private readonly parts: AttemptMonitorParts) {
    const { rules, stuckBefore, supervisor } = parts;
    this.#monitor = new StreamMonitor(rules, 2 ** stuckBefore);
    this.#budget = new ReadingBudget(rules.charsPerS);
    this.#decidedMs = supervisor.currentDecision.deadlineMs;
  }

  output(chunk: Uint8Array | string, stream: string): void {
    const nowMs = this.parts.supervisor.elapsedMs;
    const text = this.#budget.take(chunk, { stream, nowMs });
    if (text !== '') this.#monitor.text(text, nowMs);
  }

  heard(part: StreamPart): void {
    const nowMs = this.parts.supervisor.elapsedMs;
    const readable =
      part.kind === 'thinking' ? { ...part, text: this.#budget.take(part.text, { stream: 'thinking', nowMs }) } : part;
    this.#monitor.heard(readable, nowMs);
  }

  /** Looks at what was read, acts on it, and tells of changes. Called from a timer, never for a token. */
  look(): void {
    const { supervisor, acts } = this.parts;
    if (supervisor.over) return;
    const finding = this.#monitor.finding(supervisor.elapsedMs);
    if (acts) this.#act(finding);
    this.#tell(finding);
  }

  /** Asked when the deadline has come, so once for each extension: the next deadline, or null. */
  extension(decision: Decision): Extension | null {
    const { rules, acts, supervisor } = this.parts;
    const finding = this.#monitor.finding(supervisor.elapsedMs);
    if (!acts || !finding.alive) return null;
    const stepMs = Math.min(Math.max(rules.extendShare * this.#decidedMs, rules.extendMinMs), rules.extendMaxMs);
    const leftMs = (rules.extendFactor - 1) * this.#decidedMs - this.#extendedMs;
    const deadlineMs = Math.round(Math.min(decision.deadlineMs + Math.min(stepMs, leftMs), decision.hardCapMs));
    if (deadlineMs <= decision.deadlineMs) return null;
    this.#extensions += 1;
    this.#extendedMs += deadlineMs - decision.deadlineMs;
    return { deadlineMs, by: 'monitor', reason: finding.reason };
  }

  /** The attempt is over: what was found last is kept with it. */
  close(): void {
    this.parts.reporter.add({
      type: 'monitor_view',
      value: this.#view(this.#monitor.finding(this.parts.supervisor.elapsedMs)),
    });
  }

  #act({ advice, hopeless, stuck, reason }: Finding): void {
    const { supervisor } = this.parts;
    if (hopeless && stuck !== null)
      return supervisor.stop({ cause: 'stuck', message: `${reason}, for ${Math.round(stuck.forMs / SECOND_MS)} s` });
    const idleMs = advice === 'shorten' ? this.#tightIdleMs(supervisor.currentDecision.idleMs) : null;
    if (idleMs === this.#idleMs) return;
    this.#idleMs = idleMs;
    supervisor.tightenIdle(idleMs);
  }

  /** Null: there is no idle window, or it is short enough. */
  #tightIdleMs(idleMs: number | null): number | null {
    const { tightenShare, tightenFloorMs } = this.parts.rules;
    const tightMs = idleMs === null ? null : Math.round(Math.max(tightenShare * idleMs, tightenFloorMs));
    return tightMs === null || idleMs === null || tightMs >= idleMs ? null : tightMs;
  }

  /** What it is doing is told, what speaks for what at the moment is only kept. */
  #tell(finding: Finding): void {
    const { reporter, rules, supervisor } = this.parts;
    const { intent, stuck, reason } = finding;
    const told = `${intent} ${stuck?.what ?? ''} ${this.#idleMs} ${this.#extensions}`;
    const kept = `${told} ${reason}`;
    if (intent === null || kept === this.#told.kept) return;
    if (supervisor.elapsedMs - this.#told.atMs < rules.tellEveryMs) return;
    const type = told === this.#told.told ? 'monitor_view' : 'monitor';
    this.#told = { told, kept, atMs: supervisor.elapsedMs };
    reporter.add({ type, value: this.#view(finding) });
  }

  #view({ intent, confidence, advice, reason, stuck }: Finding): MonitorView {
    return {
      ...{ intent, advice, reason, stuck },
      confidence: Math.round(confidence * HUNDREDTHS) / HUNDREDTHS,
      extensions: this.#extensions,
      extendedMs: Math.round(this.#extendedMs),
      idleMs: this.#idleMs,
    };
  }
}

const SECOND_MS = 1_000;
const HUNDREDTHS = 100;
