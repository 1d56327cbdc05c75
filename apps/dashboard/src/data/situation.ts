import { countText, durationText, type CircuitState, type ProviderState } from '@leeway/contract';
import type { Overview } from './overview.js';

/** The state of the whole and its problems in a few sentences, for somebody who has never seen the page. */
export function situation(overview: Overview): string {
  return [load(overview), ...warnings(overview)].join(' ');
}

function load({ counts, workers }: Overview): string {
  const waiting = counts.queued + counts.scheduled;
  const there = workers.filter((worker) => worker.state !== 'lost').length;
  if (counts.running + waiting + counts.paused === 0) {
    const ended = counts.succeeded + counts.failed + counts.cancelled;
    if (ended === 0) return `Nothing has run yet; ${workersAre(there)} ready.`;
    return `Nothing is running or waiting; ${workersAre(there)} ready, and ${countText(ended, 'job')} ended so far.`;
  }
  const running =
    counts.running === 0 ? 'Nothing is running' : countText(counts.running, 'job is running', 'jobs are running');
  const queued = waiting === 0 ? 'nothing is waiting' : `${countText(waiting, 'is', 'are')} waiting`;
  const paused = counts.paused === 0 ? '' : `, ${countText(counts.paused, 'is', 'are')} paused`;
  return `${running} on ${countText(there, 'worker')}${paused}, and ${queued}.`;
}

function workersAre(there: number): string {
  return there === 0 ? 'no worker is' : countText(there, 'worker is', 'workers are');
}

function warnings({ running, workers, counts, providers, atMs }: Overview): string[] {
  const late = running.filter((attempt) => attempt.lateness === 'late').length;
  const overdue = running.filter((attempt) => attempt.lateness === 'overdue').length;
  const lost = workers.filter((worker) => worker.state === 'lost').length;
  const abandoned = workers.reduce((sum, worker) => sum + worker.abandoned, 0);
  const waiting = counts.queued > 0;
  const sentences: string[] = [];
  if (late > 0)
    sentences.push(`${countText(late, 'attempt is', 'attempts are')} late: longer than 19 of 20 runs like it.`);
  if (overdue > 0)
    sentences.push(`${countText(overdue, 'attempt is', 'attempts are')} past the deadline and being ended.`);
  if (lost > 0)
    sentences.push(
      `${countText(lost, 'worker was', 'workers were')} lost; ${lost === 1 ? 'its' : 'their'} jobs are requeued.`,
    );
  if (abandoned > 0)
    sentences.push(
      `${countText(abandoned, 'handler')} ignored the signal to stop and still ${abandoned === 1 ? 'holds' : 'hold'} memory.`,
    );
  sentences.push(...providers.flatMap((provider) => away(provider, atMs)));
  if (waiting && workers.every((worker) => worker.state !== 'active'))
    sentences.push('No worker takes new jobs: start a worker, or they keep waiting.');
  return sentences;
}

const AWAY: Partial<Record<CircuitState, string>> = {
  open: 'keeps failing, so no calls are made to it',
  parked: 'has reached its usage limit, so no calls are made to it',
};

/** A short rate limit (`held`) and a trial call (`half_open`) are not worth a warning. */
function away({ name, state, until, waiting }: ProviderState, atMs: number): string[] {
  const what = AWAY[state];
  if (what === undefined) return [];
  const when = until === null ? '' : ` for another ${durationText(Date.parse(until) - atMs)}`;
  const jobs = waiting === 0 ? '' : `; ${countText(waiting, 'job waits', 'jobs wait')} for it`;
  return [`The provider ${name} ${what}${when}${jobs}.`];
}
