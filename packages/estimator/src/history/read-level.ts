import { type FleetPolicy, LevelState } from './level-state.js';
import { parseRingKey } from './ring-key.js';

/**
 * A level from its stored ring, newest first. Durations and scores are those of the fleet, without those of a sick worker.
 */
export function readLevel(key: string, samples: readonly string[], policy: FleetPolicy): LevelState {
  const metric = parseRingKey(key)?.metric;
  if (metric !== 'total' && metric !== 'score') return LevelState.from(samples, policy);
  return LevelState.ofFleet(samples, policy, metric === 'score');
}
