import { oracle } from './oracle.js';
import type { MakePolicy } from './policy.js';
import { replay } from './replay.js';
import { score, type Score } from './score.js';
import type { Trace } from './trace.js';
import { makeWorld, type Scenario } from './world.js';

export interface Plan {
  traces: readonly Trace[];
  policies: Readonly<Record<string, MakePolicy>>;
  scenarios: readonly Scenario[];
  seeds: number;
  /** Called before each world. */
  progress: (text: string) => void;
}

/** The scores of one policy in one scenario on one trace, one for each seed. */
export interface Result {
  policy: string;
  scenario: string;
  trace: string;
  derived: boolean;
  scores: Score[];
}

/** Runs the oracle and every policy on every trace in every scenario. All run on the same worlds. */
export function measure(plan: Plan): Result[] {
  const results = new Map<string, Result>();
  const keep = (policy: string, scenario: Scenario, trace: Trace, scored: Score) => {
    const id = [policy, scenario.name, trace.name].join('|');
    const result = results.get(id) ?? {
      policy,
      scenario: scenario.name,
      trace: trace.name,
      derived: trace.derived,
      scores: [],
    };
    result.scores.push(scored);
    results.set(id, result);
  };
  for (const scenario of plan.scenarios) {
    for (const trace of plan.traces) {
      plan.progress(`${scenario.name}: ${trace.name}`);
      for (let seed = 1; seed <= plan.seeds; seed += 1) {
        const world = makeWorld(trace, scenario, String(seed));
        const reference = replay(world, oracle(world));
        keep('oracle', scenario, trace, score(world, reference, reference));
        for (const [name, make] of Object.entries(plan.policies))
          keep(name, scenario, trace, score(world, replay(world, make), reference));
      }
    }
  }
  return [...results.values()];
}
