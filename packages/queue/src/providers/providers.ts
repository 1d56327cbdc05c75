import {
  LeewayError,
  MAX_OPEN_MS,
  type CircuitState,
  type JobId,
  type Policy,
  type ProviderPolicy,
} from '@leeway/contract';
import { keyPart } from '../redis/keys.js';
import type { RunScript, ScriptArg, ScriptName } from '../redis/scripts.js';

/** Age from which calls no longer count for a circuit: under load an outage fills it within seconds, and old trouble is forgotten soon. */
const WINDOW_MS = 30_000;
/** Share of the newest calls that have to fail to open a circuit: a busy provider with some failures is still worth calling. */
const FAILED_SHARE = 0.5;
/** Age from which a probe without a first token makes room for another one: as long as a first token may take. */
const PROBE_MS = 60_000;

/** The circuit breaker of a provider, one for all workers. Times are epoch ms of Redis. */
export interface Circuit {
  state: CircuitState;
  /** When its jobs run again, or one of them as the probe; null: now. */
  untilMs: number | null;
  /** The same in ms from now; 0: now. */
  waitMs: number;
  /** null: it was never in another state. */
  sinceMs: number | null;
  reason: string;
  /** A probe is under way: one job tries whether the provider is back. */
  probing: boolean;
  /** True: the call that returned this has changed it. */
  changed: boolean;
}

/** `probe`: the one job that tries a provider whose circuit is half open. `wait`: back into its queue, the provider takes no calls. */
export type Admission = 'go' | 'probe' | 'wait';

/**
 * The circuit breakers of the providers, one state for all workers: outcomes of calls are published here, and what follows
 * holds for every worker. By the time of Redis.
 */
export class Providers {
  /** Jobs of this process that were admitted as the probe of a provider. */
  private readonly probes = new Map<string, JobId>();

  constructor(
    private readonly run: RunScript,
    private readonly policy: Policy,
  ) {}

  async read(name: string): Promise<Circuit> {
    return toCircuit(await this.call('read-circuit', name));
  }

  /** May a job that was taken for this provider run? */
  async admit(name: string, job: JobId): Promise<Admission> {
    const [admission] = await this.call('admit', name, job, PROBE_MS);
    if (admission === 'probe') this.probes.set(name, job);
    return admission as Admission;
  }

  isProbe(name: string, job: JobId): boolean {
    return this.probes.get(name) === job;
  }

  /** `complete`: the whole answer; else its first token. */
  async answered(name: string, job: JobId, { complete }: { complete: boolean }): Promise<Circuit> {
    const settings = this.settings(name);
    const window = [callsCounted(settings), WINDOW_MS];
    return toCircuit(await this.call('call-succeeded', name, job, complete ? 1 : 0, ...window));
  }

  async failed(name: string, job: JobId, reason: string): Promise<Circuit> {
    const settings = this.settings(name);
    return toCircuit(
      await this.call(
        'call-failed',
        name,
        job,
        reason,
        settings.breakerFailures,
        callsCounted(settings),
        WINDOW_MS,
        settings.breakerOpenMs,
        MAX_OPEN_MS,
      ),
    );
  }

  /** It asked to wait for `waitMs`; undefined: it named no time. */
  async rateLimited(name: string, job: JobId, { waitMs, reason }: ProviderLimit): Promise<Circuit> {
    const { maxParkMs } = this.settings(name);
    return toCircuit(await this.call('rate-limited', name, job, Math.ceil(waitMs ?? 0), maxParkMs, reason));
  }

  /** Its usage limit is reached, and is reset in `waitMs`; undefined: it named no time. */
  async quotaExhausted(name: string, job: JobId, { waitMs, reason }: ProviderLimit): Promise<Circuit> {
    const { usageLimitMs, maxParkMs } = this.settings(name);
    return toCircuit(
      await this.call('quota-exhausted', name, job, Math.ceil(waitMs ?? 0), usageLimitMs, maxParkMs, reason),
    );
  }

  /** The job is no probe any more, if it was one. */
  async release(name: string, job: JobId): Promise<void> {
    if (this.isProbe(name, job)) this.probes.delete(name);
    await this.call('release-probe', name, job);
  }

  async resume(name: string): Promise<'resumed' | 'already'> {
    const [done] = await this.call('resume-provider', name);
    return done as 'resumed' | 'already';
  }

  private settings(name: string): ProviderPolicy {
    const settings = Object.hasOwn(this.policy.providers, name) ? this.policy.providers[name] : undefined;
    if (settings === undefined) throw new LeewayError('unknown_provider', `No provider "${name}" in the policy.`);
    return settings;
  }

  private async call(script: ScriptName, name: string, ...args: ScriptArg[]): Promise<(string | number)[]> {
    return (await this.run(script, keyPart(name), ...args)) as (string | number)[];
  }
}

/** A provider that answers, but takes no calls for a while. */
export interface ProviderLimit {
  waitMs?: number | undefined;
  reason: string;
}

/** The fewest calls among which `breakerFailures` are the share that opens a circuit. */
function callsCounted({ breakerFailures }: ProviderPolicy): number {
  return Math.ceil(breakerFailures / FAILED_SHARE);
}

function toCircuit(reply: (string | number)[]): Circuit {
  const [state, untilMs, waitMs, sinceMs, reason, probing, changed] = reply;
  const time = (value: string | number | undefined) => (value === '' || value === undefined ? null : Number(value));
  return {
    state: state as CircuitState,
    untilMs: time(untilMs),
    waitMs: Number(waitMs),
    sinceMs: time(sinceMs),
    reason: String(reason ?? ''),
    probing: probing === 1,
    changed: changed === 1,
  };
}
