/** One figure of one round: ours beside theirs. Higher or lower is better by `better`. */
export interface Figure {
  name: string;
  unit: string;
  better: 'higher' | 'lower';
  leeway: number;
  /** What it is compared with, and its figure. */
  peer: string;
  bare: number;
}

export function percentile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
