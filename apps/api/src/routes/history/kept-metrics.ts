import type { Observation } from '@leeway/contract';
import type { Metric } from '@leeway/estimator';

/** Whether a metric is history. The load is not: it says how slow the machines are right now. */
export function isKept(metric: Metric): metric is Observation['metric'] {
  return metric !== 'load';
}
