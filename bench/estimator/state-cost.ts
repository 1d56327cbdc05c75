import { RING_LENGTH } from '@leeway/contract';
import { encodeSample, LevelState, type Sample } from '@leeway/estimator';
import { normal, randomFrom } from './random.js';

export interface StateCost {
  /** Adding a result to a level. */
  updateNs: number;
  /** Reading a level's high quantile. */
  readNs: number;
  /** Typed arrays of a full level in memory. */
  levelBytes: number;
  /** A full ring of samples as it is stored. */
  ringBytes: number;
}

const QUANTILE = 0.95;
const ROUNDS = 20_000;
const REPEATS = 50;
const NS_PER_MS = 1_000_000;

/** Time and space of a level, measured on this machine. */
export function stateCost(): StateCost {
  const random = randomFrom('state-cost');
  const samples = Array.from({ length: ROUNDS }, (_, nth): Sample => ({
    valueMs: 4_000 * Math.exp(normal(random)),
    kind: nth % 100 === 0 ? 'hung' : 'exact',
    deadlineMs: 30_000,
    baseMs: 12_000,
    atMs: 1.7e12 + nth,
  }));
  const state = new LevelState();
  const updateNs = timeNs(() => samples.forEach((sample) => state.add(sample))) / ROUNDS;
  let sum = 0;
  const readNs = timeNs(() => samples.forEach(() => (sum += state.quantile(QUANTILE)))) / ROUNDS;
  if (Number.isNaN(sum)) throw new Error('a full level has no quantile');
  const ringBytes = samples.slice(0, RING_LENGTH).reduce((bytes, sample) => bytes + encodeSample(sample).length, 0);
  return { updateNs, readNs, levelBytes: state.bytes, ringBytes };
}

/** The quickest of several rounds: the others were delayed by other work on the machine. */
function timeNs(work: () => void): number {
  const rounds = Array.from({ length: REPEATS }, () => {
    const startMs = performance.now();
    work();
    return performance.now() - startMs;
  });
  return Math.min(...rounds) * NS_PER_MS;
}
