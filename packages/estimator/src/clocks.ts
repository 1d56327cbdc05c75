import type { Decision } from '@leeway/contract';
import type { DecisionRequest, PreviousClock } from './decision-request.js';
import { chooseLevel } from './level-choice.js';
import { levelDeadline } from './level-deadline.js';
import { RunningAges } from './running-ages.js';
import { usualDuration } from './usual-duration.js';
import type { LevelMetric } from './ring-key.js';

const NONE_RUNNING = new RunningAges([], 0);

export type Clocks = Pick<Decision, 'firstOutputMs' | 'idleMs' | 'toolMs'>;

/**
 * The clocks beside the total one: what was asked for, else what was learned, else what the policy says of the kind. A
 * first-output clock is learned only for kinds that have one (`chat`): a program may well say nothing before its end.
 * The attempt after one of them has ended another gets more, as after a kill at the deadline.
 */
export function clocks(request: DecisionRequest, deadlineMs: number): Clocks {
  const { limits = {}, kind, previousClock, policy } = request;
  const own = (metric: LevelMetric, cause: PreviousClock['cause'], policyMs: number | null): number | null => {
    const ms = learned(request, metric) ?? policyMs;
    if (ms === null || previousClock?.cause !== cause) return ms;
    return Math.max(ms, policy.estimator.retryFactor * previousClock.limitMs);
  };
  const within = (ms: number | null) => (ms === null ? null : Math.round(Math.min(ms, deadlineMs)));
  return {
    firstOutputMs: within(
      limits.firstOutputMs ?? (kind.firstOutputMs === null ? null : own('first', 'first_output', kind.firstOutputMs)),
    ),
    idleMs: within(limits.idleMs ?? own('idle', 'idle', kind.idleMs)),
    toolMs: within(limits.toolMs ?? own('tool', 'tool_silence', null)),
  };
}

/**
 * From the class's own results only, and only from `idleMinSamples` of them: a silence that is usual for one program
 * says nothing about another, and healthy work that is silent must not be ended for it.
 */
function learned(request: DecisionRequest, metric: LevelMetric): number | undefined {
  const { history, tenant, jobClass, policy } = request;
  if (history === null) return undefined;
  const estimator = policy.estimator;
  const chosen = chooseLevel(
    {
      history,
      tenant,
      jobClass,
      policy: { minSamples: estimator.idleMinSamples, minBorrow: estimator.idleMinSamples },
    },
    metric,
  );
  if (chosen === undefined || !chosen.own) return undefined;
  const usual = usualDuration(chosen, NONE_RUNNING, { nowMs: request.nowMs, policy: estimator });
  const { deadlineMs } = levelDeadline(
    usual,
    { state: chosen.state, oldestRunningMs: 0 },
    { margin: estimator.margin, policy: estimator },
  );
  return Math.max(estimator.floorMs, deadlineMs);
}
