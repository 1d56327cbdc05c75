import { unwatchFile, watchFile } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { checkPolicy, type Policy } from '@leeway/contract';
import type { Config } from './config.js';
import { unsafeExposure } from './exposure.js';
import type { Part } from '../process/lifecycle.js';
import type { Log } from '../log/log.js';

/** Sections that timers, threads and connections are set up from: a change of them takes effect at the next start. */
const FIXED = ['supervision', 'worker', 'api', 'providers'] as const satisfies readonly (keyof Policy)[];
/** Interval at which the file is checked for changes: an operator expects the effect of an edit within seconds. */
const CHECK_EVERY_MS = 1_000;

/** Result of reading the file again. `waits`: changed sections that take effect at the next start. */
export type ReloadResult = { outcome: 'unchanged' | 'refused' } | { outcome: 'changed'; waits: readonly string[] };

/**
 * Applies changes of the policy file while the process runs: reads the file when it changes and at SIGHUP. The policy
 * object keeps its identity and gets new sections, so code that reads it at the moment of use sees the current one. An
 * invalid file changes nothing: the last valid policy stays in force, and the log names the problem.
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
    watchFile(policyPath, { interval: CHECK_EVERY_MS, persistent: false }, this.onChange);
    process.on('SIGHUP', this.onChange);
  }

  stop(): void {
    const { policyPath } = this.config;
    if (policyPath === null) return;
    unwatchFile(policyPath, this.onChange);
    process.off('SIGHUP', this.onChange);
  }

  /** Changed sections of the file that take effect at the next start. */
  get waits(): readonly string[] {
    return this.waiting;
  }

  /** The problem of the file as it is now; null: none. */
  get refused(): string | null {
    return this.refusal;
  }

  /** Reads the file again and applies the sections that can change at run time. */
  reload(): ReloadResult {
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
    this.logChange(policy, next);
    Object.assign(policy, next);
    return { outcome: 'changed', waits: this.waiting };
  }

  private readonly onChange = (): void => void this.reload();

  /** Throws when the new sections contradict those that stay, or would expose this server. */
  private check(next: Policy, waits: readonly string[]): void {
    try {
      checkPolicy(next);
    } catch (error) {
      if (waits.length === 0) throw error;
      throw new Error(
        `${(error as Error).message}\nIt may be valid after a restart: the changes of ${waits.join(', ')} take effect only then.`,
        {
          cause: error,
        },
      );
    }
    const problems = unsafeExposure({ ...this.config, policy: next });
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  private refuse(message: string): ReloadResult {
    this.refusal = message;
    this.log.error(
      { event: 'policy_refused', inForce: this.config.policy.version },
      `${this.config.policyPath} is refused; policy ${this.config.policy.version} stays in force. ${message}`,
    );
    return { outcome: 'refused' };
  }

  private logChange(before: Policy, next: Policy): void {
    const fields = { event: 'policy_changed', from: before.version, to: next.version, waits: this.waiting };
    const later =
      this.waiting.length === 0 ? '' : ` These sections take effect at the next start: ${this.waiting.join(', ')}.`;
    this.log.info(fields, `policy ${next.version} is in force.${later}`);
    if (before.version === next.version)
      this.log.warn(
        { event: 'policy_unnamed', version: next.version },
        'the policy has changed but not its version: decisions made before and after the change look alike',
      );
  }
}

function pick<K extends keyof Policy>(policy: Policy, names: readonly K[]): Pick<Policy, K> {
  return Object.fromEntries(names.map((name) => [name, policy[name]])) as Pick<Policy, K>;
}
