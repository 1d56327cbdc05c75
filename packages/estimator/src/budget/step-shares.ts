import { stepOrder } from '@leeway/contract';

/** A step, as input of the split of the time. */
export interface SharedStep {
  name: string;
  needs?: readonly string[] | undefined;
  critical?: boolean | undefined;
  /** Of the submission. */
  weight?: number | undefined;
  /** Usual duration of such a step, in ms; null: unknown. */
  expectedMs?: number | null | undefined;
}

/** Shares of a step. */
export interface StepShare {
  /** Share of the whole, where the heaviest path is 1. The step gets at least this if the steps before it keep their shares. */
  share: number;
  /** Share of the time left when it starts: of the heaviest path from it to the end. */
  ofRest: number;
  /** Number of steps in the longest chain behind it: each needs time of its own. */
  behind: number;
}

/**
 * Splits the time of a workflow over its steps. It is wall-clock time, so it is split along paths: parallel steps use the
 * same seconds, and the steps of a light path share the time of the heavy path beside it.
 *
 * Along the heaviest path the critical steps get `criticalShare` together, and the others the rest by their weights.
 * Without critical steps and weights the weight is the usual duration; for steps without history the average of the others.
 * A single step gets everything.
 *
 * @example three steps in a row, the second critical, 0.4: 0.3, 0.4, 0.3
 */
export function stepShares(steps: readonly SharedStep[], criticalShare: number): StepShare[] {
  const graph = new StepGraph(steps);
  const weights = pathWeights(steps, graph, criticalShare);
  const before = graph.heaviestBefore(weights);
  const after = graph.heaviestAfter(weights);
  const chain = graph.heaviestAfter(weights.map(() => 1));
  const total = Math.max(...weights.map((weight, i) => at(before, i) + weight + at(after, i)));
  return weights.map((weight, i) => ({
    share: weight / total,
    ofRest: weight / (weight + at(after, i)),
    behind: at(chain, i),
  }));
}

/** Expected duration of a workflow, in ms: the sum along its slowest path. Null: the duration of a step is unknown. */
export function expectedPathMs(steps: readonly SharedStep[]): number | null {
  const times = steps.map(({ expectedMs }) => (isDuration(expectedMs) ? expectedMs : Number.NaN));
  if (times.some((ms) => Number.isNaN(ms))) return null;
  const before = new StepGraph(steps).heaviestBefore(times);
  return Math.max(...times.map((ms, i) => at(before, i) + ms));
}

/** Weights, with those of critical steps scaled so that they get their share of the path with most other work. */
function pathWeights(steps: readonly SharedStep[], graph: StepGraph, criticalShare: number): number[] {
  const weights = ownWeights(steps);
  const isCritical = steps.map(({ critical }) => critical === true);
  const others = weights.map((weight, i) => (isCritical[i] === true ? 0 : weight));
  const critical = weights.map((weight, i) => (isCritical[i] === true ? weight : 0));
  const [before, after] = [graph.heaviestBefore(others), graph.heaviestAfter(others)];
  const besideMost = Math.max(0, ...steps.map((_, i) => (isCritical[i] === true ? at(before, i) + at(after, i) : 0)));
  if (besideMost === 0) return weights;
  const [criticalBefore, criticalAfter] = [graph.heaviestBefore(critical), graph.heaviestAfter(critical)];
  const criticalMost = Math.max(...critical.map((weight, i) => at(criticalBefore, i) + weight + at(criticalAfter, i)));
  const factor = (criticalShare / (1 - criticalShare)) * (besideMost / criticalMost);
  return weights.map((weight, i) => (isCritical[i] === true ? weight * factor : weight));
}

function ownWeights(steps: readonly SharedStep[]): number[] {
  const given = steps.some(({ critical, weight }) => critical === true || weight !== undefined);
  const known = steps.flatMap(({ expectedMs }) => (isDuration(expectedMs) ? [expectedMs] : []));
  if (given || known.length === 0) return steps.map(({ weight }) => weight ?? 1);
  const usualMs = known.reduce((sum, ms) => sum + ms, 0) / known.length;
  return steps.map(({ expectedMs }) => (isDuration(expectedMs) ? expectedMs : usualMs));
}

function isDuration(ms: number | null | undefined): ms is number {
  return ms !== null && ms !== undefined && Number.isFinite(ms) && ms > 0;
}

/** Heaviest paths through steps that need each other, in order. */
class StepGraph {
  private readonly order: readonly number[];
  private readonly needs: readonly (readonly number[])[];

  /** Throws an Error for steps that need each other in a circle; the contract refuses such workflows. */
  constructor(steps: readonly SharedStep[]) {
    const order = stepOrder(steps);
    if (order === undefined) throw new Error('the steps need each other in a circle');
    this.order = order;
    const place = new Map(steps.map(({ name }, i) => [name, i]));
    this.needs = steps.map(({ needs = [] }) => needs.flatMap((need) => place.get(need) ?? []));
  }

  /** Weight of the heaviest path that ends right before each step. */
  heaviestBefore(weights: readonly number[]): number[] {
    const heaviest = weights.map(() => 0);
    for (const i of this.order)
      for (const need of this.neededBy(i))
        heaviest[i] = Math.max(at(heaviest, i), at(heaviest, need) + at(weights, need));
    return heaviest;
  }

  /** Weight of the heaviest path that begins right after each step. */
  heaviestAfter(weights: readonly number[]): number[] {
    const heaviest = weights.map(() => 0);
    for (const i of this.order.toReversed())
      for (const need of this.neededBy(i))
        heaviest[need] = Math.max(at(heaviest, need), at(heaviest, i) + at(weights, i));
    return heaviest;
  }

  private neededBy(i: number): readonly number[] {
    return this.needs[i] ?? [];
  }
}

function at(values: readonly number[], i: number): number {
  return values[i] ?? 0;
}
