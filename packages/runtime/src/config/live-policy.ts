import { unwatchFile, watchFile } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { checkPolicy, type Policy } from '@leeway/contract';
import type { Config } from './config.js';
import { unsafeExposure } from './exposure.js';
import type { Part } from '../process/lifecycle.js';
import type { Log } from '../log/log.js';

/**
 * Sections that a process reads once, because timers, threads and connections are set up by them. What a new file says of
 * them holds from the next start on.
 */
const FIXED = ['supervision', 'worker', 'api', 'providers'] as const satisfies readonly (keyof Policy)[];
/** An operator who has changed the file looks for the effect within seconds; in ms. */
const LOOK_EVERY_MS = 1_000;

/** What a look at the file came to. `waits`: sections whose change holds from the next start on. */
export type Reloaded = { outcome: 'unchanged' | 'refused' } | { outcome: 'changed'; waits: readonly string[] };

/**
 * Keeps the policy of a running process in step with its file: looks when the file changes and at SIGHUP. The policy
 * object stays the same one and gets new sections, so whoever reads it when it is needed sees what holds now. A file that
 * is wrong changes nothing: the last good policy stays in force, and the log says what is wrong.
 */
export class LivePolicy implements Part {
  readonly name = 'policy';
  private waiting: readonly string[] = [];
  private refusal: string | null = null;

  constructor(
    private readonly config: Pick<Config, 'policy' | 'policyPath' | 'readPolicyAgain' | 'host' | 'keys'>,
    private readonly log: Log,
  ) {}

  start(): void {
    const { policyPath } = this.config;
    if (policyPath === null) return;
    watchFile(policyPath, { interval: LOOK_EVERY_MS, persistent: false }, this.look);
    process.on('SIGHUP', this.look);
  }

  stop(): void {
    const { policyPath } = this.config;
    if (policyPath === null) return;
    unwatchFile(policyPath, this.look);
    process.off('SIGHUP', this.look);
  }

  /** Sections of the file that hold from the next start on. */
  get waits(): readonly string[] {
    return this.waiting;
  }

  /** What is wrong with the file as it is now; null: nothing. */
  get refused(): string | null {
    return this.refusal;
  }

  /** Reads the file again and puts in force what can be. */
  reload(): Reloaded {
    const { policy } = this.config;
    let next: Policy;
    try {
      next = this.config.readPolicyAgain();
      const waits = FIXED.filter((section) => !isDeepStrictEqual(next[section], policy[section]));
      next = { ...next, ...pick(policy, FIXED) };
      this.check(next, waits);
      this.waiting = waits;
    } catch (error) {
      return this.refuse(error instanceof Error ? error.message : String(error));
    }
    this.refusal = null;
    if (isDeepStrictEqual(next, policy) && this.waiting.length === 0) return { outcome: 'unchanged' };
    this.tell(policy, next);
    Object.assign(policy, next);
    return { outcome: 'changed', waits: this.waiting };
  }

  private readonly look = (): void => void this.reload();

  /** Throws when the new sections do not fit to those that stay, or may not be served here. */
  private check(next: Policy, waits: readonly string[]): void {
    try {
      checkPolicy(next);
    } catch (error) {
      if (waits.length === 0) throw error;
      throw new Error(`${(error as Error).message}\nIt may hold after a restart, which ${waits.join(', ')} wait for.`, {
        cause: error,
      });
    }
    const problems = unsafeExposure({ ...this.config, policy: next });
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  private refuse(message: string): Reloaded {
    this.refusal = message;
    this.log.error(
      { event: 'policy_refused', inForce: this.config.policy.version },
      `${this.config.policyPath}: not taken, ${this.config.policy.version} stays in force. ${message}`,
    );
    return { outcome: 'refused' };
  }

  private tell(before: Policy, next: Policy): void {
    const fields = { event: 'policy_changed', from: before.version, to: next.version, waits: this.waiting };
    const later = this.waiting.length === 0 ? '' : ` From the next start on: ${this.waiting.join(', ')}.`;
    this.log.info(fields, `policy ${next.version} is in force.${later}`);
    if (before.version === next.version)
      this.log.warn(
        { event: 'policy_unnamed', version: next.version },
        'the policy has changed and kept its version: decisions before and after cannot be told apart',
      );
  }
}

function pick<K extends keyof Policy>(policy: Policy, names: readonly K[]): Pick<Policy, K> {
  return Object.fromEntries(names.map((name) => [name, policy[name]])) as Pick<Policy, K>;
}
