import type { ChaosHistory } from './history.js';

/** A time in which a part of the stack was disturbed. Epoch ms. */
export interface Span {
  from: number;
  to: number;
}

/** After a cut a connection needs this long to be made again, in ms. */
const RECONNECT_MS = 2_000;

/** A pause of the main loop up to this must have no effect, in ms. */
const TOLERATED_PAUSE_MS = 2_000;

/** When a worker was stopped, cut off, shut down, without its leash, blocked by a handler, or gone. */
export function disturbancesOf(worker: string, history: ChaosHistory): Span[] {
  const { attacks, workers } = history;
  const pid = pidOf(worker);
  const attacked = attacks
    .filter(({ worker: target }) => target === pid)
    .map(({ attack, from, to }) => ({ from, to: attack.kind === 'cut_worker' ? to + RECONNECT_MS : to }));
  const gone = workers
    .filter((each) => each.pid === pid && Number.isFinite(each.to))
    .map(({ to }) => ({ from: to, to: Infinity }));
  const blocked = blocks(worker, history).filter(({ from, to }) => to - from > TOLERATED_PAUSE_MS);
  return [...attacked, ...gone, ...blocked];
}

/** When a handler blocked the main loop of a worker, by its journal; without an end it blocked to the end of the worker. */
export function blocks(worker: string, { jobs, workers }: Pick<ChaosHistory, 'jobs' | 'workers'>): Span[] {
  const pid = pidOf(worker);
  const endOfLife = workers.find((each) => each.pid === pid)?.to ?? Infinity;
  return jobs
    .filter(({ client }) => client?.planned.behaviour === 'blocking')
    .flatMap(({ journal }) =>
      journal
        .filter((entry) => entry.event === 'start' && entry.pid === pid)
        .map(({ attempt, at }) => ({
          from: at,
          to: journal.find((entry) => entry.event === 'end' && entry.attempt === attempt)?.at ?? endOfLife,
        })),
    );
}

/** When Redis was away, or had just come back. */
export function outages({ attacks }: Pick<ChaosHistory, 'attacks'>): Span[] {
  return attacks
    .filter(({ attack }) => attack.kind === 'kill_redis' || attack.kind === 'freeze_redis')
    .map(({ from, to }) => ({ from, to: to + RECONNECT_MS }));
}

/** When a worker may have been alive without reaching Redis. */
export function cuts(worker: string, { attacks }: Pick<ChaosHistory, 'attacks'>): Span[] {
  const pid = pidOf(worker);
  return attacks
    .filter(({ attack, worker: target }) => attack.kind === 'cut_worker' && target === pid)
    .map(({ from, to }) => ({ from, to: to + RECONNECT_MS }));
}

/** When a worker was stopped with SIGSTOP. */
export function stops(worker: string, { attacks }: Pick<ChaosHistory, 'attacks'>): Span[] {
  const pid = pidOf(worker);
  return attacks
    .filter(({ attack, worker: target }) => attack.kind === 'stop_worker' && target === pid)
    .map(({ from, to }) => ({ from, to }));
}

/** When `budgetMs` have passed since `from`, not counting the spans. */
export function afterMs(spans: readonly Span[], from: number, budgetMs: number): number {
  let at = from;
  let leftMs = budgetMs;
  for (const span of spans.filter(({ to }) => to > from).toSorted((a, b) => a.from - b.from)) {
    const freeMs = Math.max(0, span.from - at);
    if (freeMs >= leftMs) break;
    leftMs -= freeMs;
    at = Math.max(at, span.to);
  }
  return at + leftMs;
}

/** The process that a worker's id names: `<host>-<pid>-<random>`. */
export function pidOf(worker: string): number {
  return Number(worker.split('-').at(-2));
}
