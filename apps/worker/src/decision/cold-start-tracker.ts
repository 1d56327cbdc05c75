import { kindPolicy, type Policy } from '@leeway/contract';
import { COLD_AFTER_MS, START_UP_MS, type ColdStart } from '@leeway/estimator';
import type { AttemptWork } from './attempt-work.js';

/** Names beyond this many are swept of those that are cold again. */
const SWEPT_FROM = 1_000;

type WarmWork = Pick<AttemptWork, 'kind' | 'input' | 'jobClass'>;

/**
 * What has said something on this worker lately, and so needs no start: a model of a provider, a handler of a kind. What
 * others have woken is not known here, so an attempt may be called cold and start at once; its window is only wider then.
 */
export class ColdStartTracker {
  /** When it was last heard of, by the monotonic clock. */
  private readonly heardAtMs = new Map<string, number>();

  constructor(private readonly policy: Policy) {}

  /** What the policy allows for a start; undefined: it is warm, or its kind has no clock for the first output. */
  coldStart(work: WarmWork, nowMs: number): ColdStart | undefined {
    const kind = kindPolicy(this.policy, work.kind);
    if (kind.firstOutputMs === null) return undefined;
    const heardAtMs = this.heardAtMs.get(this.nameOf(work));
    if (heardAtMs !== undefined && nowMs - heardAtMs < COLD_AFTER_MS) return undefined;
    const ofProvider = this.policy.providers[this.providerOf(work)]?.startUpMs ?? null;
    return { allowanceMs: ofProvider ?? START_UP_MS, everywhere: ofProvider !== null };
  }

  /** An attempt of it has had output. */
  heard(work: WarmWork, nowMs: number): void {
    this.heardAtMs.set(this.nameOf(work), nowMs);
    if (this.heardAtMs.size <= SWEPT_FROM) return;
    for (const [name, atMs] of this.heardAtMs) if (nowMs - atMs >= COLD_AFTER_MS) this.heardAtMs.delete(name);
  }

  /** What has to start is the executable or model, of one provider, whatever it is asked for. */
  private nameOf(work: WarmWork): string {
    return `${this.providerOf(work)} ${work.jobClass.levels.at(-1) ?? work.jobClass.name}`;
  }

  private providerOf({ kind, input }: WarmWork): string {
    if (kind !== 'chat') return '';
    const named = (input as { provider?: string } | null)?.provider;
    return named ?? Object.keys(this.policy.providers)[0] ?? '';
  }
}
