import type { Clock } from '@leeway/runtime';
import type { CallLayers } from '../../decision/call-layers.js';
import type { HandlerContext } from '../handler.js';
import type { CallLimits } from './call-limit.js';
import type { Provider } from './provider.js';

/** One model with all its calls: what the tier of the job and the policy of the provider leave for them. */
export class Step {
  private readonly beganMs: number;
  private readonly layers: CallLayers | undefined;

  constructor(
    private readonly parts: { context: Pick<HandlerContext, 'callBudget'>; provider: Provider; clock: Clock },
  ) {
    this.layers = parts.context.callBudget?.layers?.();
    this.beganMs = parts.clock.monotonicMs();
  }

  /** So often a call may be repeated. */
  get retries(): number {
    return Math.min(this.parts.provider.retries, this.layers?.retries ?? Infinity);
  }

  /** For a call that begins now. */
  limits(): CallLimits {
    return { silentMs: this.layers?.callMs ?? null, stepMs: this.remainingMs(), mostMs: this.parts.provider.callMs };
  }

  /** In ms; null: as long as the attempt. */
  remainingMs(): number | null {
    const stepMs = this.layers?.stepMs ?? null;
    return stepMs === null ? null : stepMs - (this.parts.clock.monotonicMs() - this.beganMs);
  }

  /** Whether a call that begins after `waitMs` could still be made. */
  hasRoomAfter(waitMs: number): boolean {
    return (this.remainingMs() ?? Infinity) > waitMs;
  }
}
