import { kindPolicy, type Policy } from '@leeway/contract';
import { COLD_AFTER_MS, START_UP_MS, type ColdStart } from '@leeway/estimator';
import type { AttemptWork } from './attempt-work.js';

/** Beyond this many names the cold ones are removed. */
const MAX_NAMES = 1_000;

type StartedWork = Pick<AttemptWork, 'kind' | 'input' | 'jobClass'>;

/**
 * The models and handlers that had output on this worker lately, and so need no time to start. Starts on other workers are
 * unknown here: an attempt that is taken as cold without need only has a wider window.
 */
export class ColdStartTracker {
  /** The last output of each, by the monotonic clock. */
  private readonly warmAtMs = new Map<string, number>();

  constructor(private readonly policy: Policy) {}

  /** The time that the policy allows for a start; undefined: it is warm, or its kind has no first-output clock. */
  coldStart(work: StartedWork, nowMs: number): ColdStart | undefined {
    const kind = kindPolicy(this.policy, work.kind);
    if (kind.firstOutputMs === null) return undefined;
    const warmAtMs = this.warmAtMs.get(this.nameOf(work));
    if (warmAtMs !== undefined && nowMs - warmAtMs < COLD_AFTER_MS) return undefined;
    const ofProvider = this.policy.providers[this.providerOf(work)]?.startUpMs ?? null;
    return { allowanceMs: ofProvider ?? START_UP_MS, everywhere: ofProvider !== null };
  }

  /** Output of an attempt shows that the model or handler runs. */
  markWarm(work: StartedWork, nowMs: number): void {
    this.warmAtMs.set(this.nameOf(work), nowMs);
    if (this.warmAtMs.size <= MAX_NAMES) return;
    for (const [name, atMs] of this.warmAtMs) if (nowMs - atMs >= COLD_AFTER_MS) this.warmAtMs.delete(name);
  }

  /** What starts is the executable or model of one provider, whatever the input. */
  private nameOf(work: StartedWork): string {
    return `${this.providerOf(work)} ${work.jobClass.levels.at(-1) ?? work.jobClass.name}`;
  }

  private providerOf({ kind, input }: StartedWork): string {
    if (kind !== 'chat') return '';
    const named = (input as { provider?: string } | null)?.provider;
    return named ?? Object.keys(this.policy.providers)[0] ?? '';
  }
}
