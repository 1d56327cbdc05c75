import type { ChaosHistory } from './history.js';

/** A time in which something could not work as it should. Epoch ms. */
export interface Span {
  from: number;
  to: number;
}

/** After a cut a connection needs this long to be made again, in ms. */
const RECONNECT_MS = 2_000;

/** A pause of the main loop up to this is nothing that anybody may notice, in ms. */
const TOLERATED_PAUSE_MS = 2_000;

/** When a worker was stopped, cut off, told to stop, robbed of its leash, frozen by a handler, or gone. */
export function troubleOf(worker: string, history: ChaosHistory): Span[] {
  const { attacks, workers } = history;
  const pid = pidOf(worker);
  const attacked = attacks
    .filter(({ worker: target }) => target === pid)
    .map(({ attack, from, to }) => ({ from, to: attack.kind === 'cut_worker' ? to + RECONNECT_MS : to }));
  const gone = workers
    .filter((life) => life.pid === pid && Number.isFinite(life.to))
    .map(({ to }) => ({ from: to, to: Infinity }));
  const frozen = blocks(worker, history).filter(({ from, to }) => to - from > TOLERATED_PAUSE_MS);
  return [...attacked, ...gone, ...frozen];
}

/** When a handler held the main loop of a worker, by its own account; one that never came to its end held it to the end. */
export function blocks(worker: string, { jobs, workers }: Pick<ChaosHistory, 'jobs' | 'workers'>): Span[] {
  const pid = pidOf(worker);
  const endOfLife = workers.find((life) => life.pid === pid)?.to ?? Infinity;
  return jobs
    .filter(({ client }) => client?.planned.manner === 'blocking')
    .flatMap(({ facts }) =>
      facts
        .filter((fact) => fact.word === 'start' && fact.pid === pid)
        .map(({ attempt, at }) => ({
          from: at,
          to: facts.find((fact) => fact.word === 'end' && fact.attempt === attempt)?.at ?? endOfLife,
        })),
    );
}

/** When Redis was away, or had just come back. */
export function outages({ attacks }: Pick<ChaosHistory, 'attacks'>): Span[] {
  return attacks
    .filter(({ attack }) => attack.kind === 'kill_redis' || attack.kind === 'freeze_redis')
    .map(({ from, to }) => ({ from, to: to + RECONNECT_MS }));
}

/** When a worker could be there without reaching Redis. */
export function cuts(worker: string, { attacks }: Pick<ChaosHistory, 'attacks'>): Span[] {
  const pid = pidOf(worker);
  return attacks
    .filter(({ attack, worker: target }) => attack.kind === 'cut_worker' && target === pid)
    .map(({ from, to }) => ({ from, to: to + RECONNECT_MS }));
}

/** When a worker stood still. */
export function stops(worker: string, { attacks }: Pick<ChaosHistory, 'attacks'>): Span[] {
  const pid = pidOf(worker);
  return attacks
    .filter(({ attack, worker: target }) => attack.kind === 'stop_worker' && target === pid)
    .map(({ from, to }) => ({ from, to }));
}

/** When `budgetMs` have passed since `from`, not counting what lies in the spans. */
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
