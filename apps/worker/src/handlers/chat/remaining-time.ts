import type { Clock } from '@leeway/runtime';
import type { CallLayers } from '../../decision/call-layers.js';
import type { HandlerContext } from '../handler.js';
import type { CallLimits } from './call-limit.js';
import type { Provider } from './provider.js';

export interface AttemptTimeOptions {
  context: Pick<HandlerContext, 'deadline' | 'callBudget'>;
  clock: Clock;
  /** The input of the job with another model. */
  inputFor: (model: string) => unknown;
  /** Share of the attempt's time that has to remain for a model of which no usual duration is known; 0 to 1. */
  minShare: number;
}

/** The remaining time of an attempt, and whether another call fits into it. */
export class AttemptTime {
  private readonly totalMs: number;

  constructor(private readonly options: AttemptTimeOptions) {
    this.totalMs = this.remainingMs();
  }

  /** Whether a call to this model that begins after `waitMs` can be expected to end in time. */
  async hasRoomFor(model: string, waitMs: number): Promise<boolean> {
    const { context, inputFor, minShare } = this.options;
    const neededMs = (await context.callBudget?.usualMs(inputFor(model))) ?? this.totalMs * minShare;
    const leftMs = this.remainingMs() - waitMs;
    return leftMs > 0 && leftMs >= neededMs;
  }

  private remainingMs(): number {
    const { context, clock } = this.options;
    return context.callBudget?.remainingMs() ?? context.deadline() - clock.wallMs();
  }
}

export interface StepOptions {
  context: Pick<HandlerContext, 'callBudget'>;
  provider: Provider;
  clock: Clock;
}

/** The step of one model: all its calls, within the limits of the job's tier and of the provider's policy. */
export class ModelStep {
  private readonly startedMs: number;
  private readonly layers: CallLayers | undefined;

  constructor(private readonly options: StepOptions) {
    this.layers = options.context.callBudget?.layers?.();
    this.startedMs = options.clock.monotonicMs();
  }

  /** Most retries of a call. */
  get retries(): number {
    return Math.min(this.options.provider.retries, this.layers?.retries ?? Infinity);
  }

  /** For a call that begins now. */
  limits(): CallLimits {
    const { callMs } = this.options.provider;
    return { firstTokenMs: this.layers?.callMs ?? null, stepMs: this.remainingMs(), callMs };
  }

  /** Whether the step has time left after `waitMs`. */
  hasRoomAfter(waitMs: number): boolean {
    return (this.remainingMs() ?? Infinity) > waitMs;
  }

  /** Null: limited by the attempt only. */
  private remainingMs(): number | null {
    const stepMs = this.layers?.stepMs ?? null;
    return stepMs === null ? null : stepMs - (this.options.clock.monotonicMs() - this.startedMs);
  }
}
