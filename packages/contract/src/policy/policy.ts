import { z } from 'zod';
import { HOUR_MS, MINUTE_MS } from '../format/duration.js';
import { describeIssues } from '../format/issues.js';
import { knownFields } from '../format/known-fields.js';
import { apiPolicySchema } from './api.js';
import { commandsPolicySchema } from './commands.js';
import {
  DEFAULT_ENVIRONMENT,
  ENVIRONMENTS,
  environmentsOf,
  environmentsSchema,
  type EnvironmentsPolicy,
  type Environment,
} from './environments.js';
import { estimatorPolicySchema } from './estimator.js';
import { hierarchyProblems } from './hierarchy.js';
import { kindPolicySchema, limitsPolicySchema } from './limits.js';
import { MONITORED_KINDS, monitorPolicySchema } from './monitor.js';
import { phasesPolicySchema } from './phases.js';
import { modesSchema, withPresets } from './modes.js';
import { providerProblems, providerSchema } from './providers.js';
import { count, setting } from './setting.js';
import { retentionPolicySchema } from './retention.js';
import { supervisionPolicySchema } from './supervision.js';
import { tierChangeSchema, tiersOf, type TierPolicy } from './tiers.js';
import { webhooksPolicySchema } from './webhooks.js';
import { leastToStartMs, workflowsPolicySchema } from './workflows.js';

/** Schema of `leeway.policy.json`. Unknown fields are refused. */
export const policySchema = z.strictObject({
  version: setting(z.string().min(1).max(64), 'default-1', {
    meaning: 'Name of this policy; stored with every decision',
    unit: 'text',
    reason: 'An old decision can be understood after the policy has changed',
  }),
  limits: limitsPolicySchema.prefault({}),
  kinds: z
    .record(z.string(), kindPolicySchema)
    .default({})
    .describe('Static limits by kind; "*" for kinds that are not listed'),
  estimator: estimatorPolicySchema.prefault({}),
  supervision: supervisionPolicySchema.prefault({}),
  retention: retentionPolicySchema.prefault({}),
  commands: commandsPolicySchema.prefault({}),
  monitor: monitorPolicySchema.prefault({}),
  phases: phasesPolicySchema.prefault({}),
  workflows: workflowsPolicySchema.prefault({}),
  modes: modesSchema,
  webhooks: webhooksPolicySchema.prefault({}),
  api: apiPolicySchema.prefault({}),
  providers: z
    .record(z.string(), providerSchema)
    .default({})
    .describe('Model servers by name; a chat job names one of them, or uses the first'),
  tiers: z
    .record(z.string().min(1).max(64), tierChangeSchema.nullable())
    .default({})
    .describe(
      'Caps of the plans that keys belong to. By default: free, early, mid, platform, enterprise and, without caps, default (see [tiers.md](tiers.md)). Fields that the file leaves out keep their value; null removes a tier',
    ),
  environment: z.enum(ENVIRONMENTS).optional().meta({
    meaning:
      'Environment of this process; takes precedence over LEEWAY_ENVIRONMENT and over signs of the platform (see [tiers.md](tiers.md))',
    unit: 'name',
    reason: 'One file may serve several environments',
  }),
  environments: environmentsSchema,
  defaultTier: setting(z.string().min(1), 'default', {
    meaning: 'Tier of requests when no keys are configured',
    unit: 'name',
    reason: 'A machine without keys has no plans',
  }),
  worker: z
    .strictObject({
      concurrency: setting(count(1, 1_000), 8, {
        meaning: 'Attempts that a worker runs at once, for each kind',
        unit: 'attempts',
        reason: 'Agent work mostly waits for models and services',
      }),
      isolatedMemoryMb: setting(count(16, 1_048_576), 512, {
        meaning:
          'JavaScript heap of the process of an isolated handler; a handler that needs more is ended, and nothing else',
        unit: 'MB',
        reason: 'Eight of them fit a small machine',
      }),
    })
    .prefault({}),
});
type PolicyFile = z.output<typeof policySchema>;
/** A complete policy: with defaults, all tiers, and the environment. */
export interface Policy extends Omit<PolicyFile, 'tiers' | 'environment' | 'environments'> {
  tiers: Record<string, TierPolicy>;
  environment: Environment;
  environments: EnvironmentsPolicy;
}

const CHAT: z.input<typeof kindPolicySchema> = {
  priorMs: 10 * MINUTE_MS,
  maxMs: HOUR_MS,
  firstOutputMs: MINUTE_MS,
  idleMs: 30_000,
};

/**
 * The policy of a file, or the default one. `environment`: of this process, unless the file names one. Throws an Error that
 * lists every problem of `input`.
 */
export function parsePolicy(input: unknown = {}, environment: Environment = DEFAULT_ENVIRONMENT): Policy {
  const parsed = policySchema.safeParse(input);
  if (!parsed.success) {
    const lines = describeIssues(parsed.error, input, (path) => knownFields(policySchema, path)).map(
      (e) => `  ${e.path || '/'}: ${e.message}`,
    );
    throw new Error(`The policy is not valid:\n${lines.join('\n')}`);
  }
  const policy: Policy = {
    ...parsed.data,
    tiers: tiersOf(parsed.data.tiers),
    environment: parsed.data.environment ?? environment,
    environments: environmentsOf(parsed.data.environments),
  };
  policy.kinds = { '*': kindPolicySchema.parse({}), chat: kindPolicySchema.parse(CHAT), ...policy.kinds };
  policy.monitor.kinds = { ...MONITORED_KINDS, ...policy.monitor.kinds };
  policy.modes = withPresets(policy.modes);
  return checkPolicy(policy);
}

/** The static limits of a kind. */
export function kindPolicy(policy: Policy, kind: string): KindPolicyOf {
  return (policy.kinds[kind] ?? policy.kinds['*']) as KindPolicyOf;
}
type KindPolicyOf = z.output<typeof kindPolicySchema>;

/** Returns the policy. Throws an Error that lists its contradictions. */
export function checkPolicy(policy: Policy): Policy {
  const problems: string[] = [];
  const below = (a: string, x: number, b: string, y: number) => {
    if (x >= y) problems.push(`  ${a} (${x}) has to be less than ${b} (${y})`);
  };
  if (policy.limits.attempts > policy.limits.maxAttempts)
    problems.push(
      `  limits.attempts (${policy.limits.attempts}) is above limits.maxAttempts (${policy.limits.maxAttempts})`,
    );
  for (const [kind, k] of Object.entries(policy.kinds)) {
    if (k.priorMs > k.maxMs)
      problems.push(`  kinds.${kind}.priorMs (${k.priorMs}) is above kinds.${kind}.maxMs (${k.maxMs})`);
  }
  problems.push(...providerProblems(policy.providers, kindPolicy(policy, 'chat').priorMs));
  for (const [name, { totalMs }] of Object.entries(policy.modes))
    below('half of workflows.minStepMs', leastToStartMs(policy.workflows), `modes.${name}.totalMs`, totalMs);
  if (policy.tiers[policy.defaultTier] === undefined)
    problems.push(
      `  defaultTier "${policy.defaultTier}" is not in tiers; known are ${Object.keys(policy.tiers).join(', ')}`,
    );
  problems.push(...hierarchyProblems(policy));
  if (problems.length > 0) throw new Error(`The policy contradicts itself:\n${problems.join('\n')}`);
  return policy;
}
