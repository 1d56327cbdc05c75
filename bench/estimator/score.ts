import type { Replay } from './replay.js';
import type { World } from './world.js';

/** The figures of a policy on one world. Shares are of healthy jobs, ratios are relative to the oracle. */
export interface Score {
  /** Share of healthy first attempts that were killed. */
  falseKills: number;
  /** The worst share among 500 healthy jobs in a row. */
  worstWindow: number;
  /** The same share in the last quarter of the trace. */
  lastQuarter: number;
  /** Time until hung first attempts are killed, relative to the oracle. */
  hangDetection: number;
  /** Time in killed attempts, relative to the time of all healthy work. */
  waste: number;
  /** Hung time, killed healthy time and ten times the duration of lost healthy jobs, relative to the oracle. */
  cost: number;
  /** The largest mean deadline of a key over the last quarter, as a multiple of the oracle's for that key. */
  widestKey: number;
}

const WINDOW = 500;
const LOST_JOB_WEIGHT = 10;
const LAST_QUARTER = 0.75;
/** Keys with fewer jobs in the last quarter are left out of `widestKey`. */
const MIN_JOBS_OF_KEY = 20;

export function score(world: World, run: Replay, reference: Replay): Score {
  const own = tally(world, run);
  const best = tally(world, reference);
  return {
    falseKills: own.falseKills / Math.max(1, own.healthy),
    worstWindow: worstWindow(world, run),
    lastQuarter: lastQuarter(world, run),
    hangDetection: ratio(own.hungFirstMs, best.hungFirstMs),
    waste: (own.hungMs + own.killedMs) / Math.max(1, own.healthyMs),
    cost: ratio(costOf(own), costOf(best)),
    widestKey: widestKey(world, run, reference),
  };
}

/** 1 where the oracle has no such time, as on a short trace in which no job hangs. */
function ratio(ownMs: number, oracleMs: number): number {
  return oracleMs === 0 ? 1 : ownMs / oracleMs;
}

interface Tally {
  healthy: number;
  falseKills: number;
  healthyMs: number;
  hungFirstMs: number;
  hungMs: number;
  killedMs: number;
  lostMs: number;
}

function tally(world: World, run: Replay): Tally {
  const sum: Tally = { healthy: 0, falseKills: 0, healthyMs: 0, hungFirstMs: 0, hungMs: 0, killedMs: 0, lostMs: 0 };
  for (let at = 0; at < world.key.length; at += 1) {
    const hangs = world.firstMs[at] === Infinity;
    const killedFirst = run.firstKilled[at] === 1;
    const firstMs = run.firstDeadlineMs[at] ?? 0;
    const secondMs = run.secondKilled[at] === 1 ? (run.secondDeadlineMs[at] ?? 0) : 0;
    const healthyMs = world.healthyMs[at] ?? 0;
    if (hangs) {
      sum.hungFirstMs += firstMs;
      sum.hungMs += firstMs;
    } else {
      sum.healthy += 1;
      sum.healthyMs += healthyMs;
      if (killedFirst) {
        sum.falseKills += 1;
        sum.killedMs += firstMs;
      }
    }
    if (secondMs === 0) continue;
    if (world.retryMs[at] === Infinity) sum.hungMs += secondMs;
    else {
      sum.killedMs += secondMs;
      sum.lostMs += healthyMs;
    }
  }
  return sum;
}

function costOf(sum: Tally): number {
  return sum.hungMs + sum.killedMs + LOST_JOB_WEIGHT * sum.lostMs;
}

function worstWindow(world: World, run: Replay): number {
  const healthy: number[] = [];
  for (let at = 0; at < world.key.length; at += 1)
    if (world.firstMs[at] !== Infinity) healthy.push(run.firstKilled[at] ?? 0);
  const width = Math.min(WINDOW, healthy.length);
  let inside = 0;
  let worst = 0;
  healthy.forEach((killed, nth) => {
    inside += killed;
    if (nth >= width) inside -= healthy[nth - width] ?? 0;
    if (nth >= width - 1) worst = Math.max(worst, inside);
  });
  return worst / Math.max(1, width);
}

function lastQuarter(world: World, run: Replay): number {
  let healthy = 0;
  let killed = 0;
  for (let at = Math.floor(world.key.length * LAST_QUARTER); at < world.key.length; at += 1) {
    if (world.firstMs[at] === Infinity) continue;
    healthy += 1;
    killed += run.firstKilled[at] ?? 0;
  }
  return killed / Math.max(1, healthy);
}

function widestKey(world: World, run: Replay, reference: Replay): number {
  const jobs = new Int32Array(world.trace.keys.length);
  const own = new Float64Array(jobs.length);
  const best = new Float64Array(jobs.length);
  for (let at = Math.floor(world.key.length * LAST_QUARTER); at < world.key.length; at += 1) {
    const key = world.key[at] ?? 0;
    jobs[key] = (jobs[key] ?? 0) + 1;
    own[key] = (own[key] ?? 0) + (run.firstDeadlineMs[at] ?? 0);
    best[key] = (best[key] ?? 0) + (reference.firstDeadlineMs[at] ?? 0);
  }
  let widest = 0;
  for (let key = 0; key < jobs.length; key += 1) {
    if ((jobs[key] ?? 0) >= MIN_JOBS_OF_KEY) widest = Math.max(widest, (own[key] ?? 0) / (best[key] ?? 1));
  }
  return widest;
}
