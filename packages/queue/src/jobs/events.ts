import type { JobEvent, JobId } from '@leeway/contract';
import type { RedisConnection } from '../redis/connection.js';
import { PREFIX } from '../redis/keys.js';
import type { RunScript } from '../redis/scripts.js';
import type { OutputChunk } from './verbs.js';

const PAGE = 200;
/** A message on the bus can be lost while reconnecting: look again this often, in ms. */
const LOOK_AGAIN_MS = 1_000;

/** Wakes those who wait for news of a job. One subscription a job, however many wait. */
export class EventBus {
  private readonly waiting = new Map<string, Set<() => void>>();

  constructor(private readonly subscriber: RedisConnection) {
    subscriber.on('message', (channel: string) => this.waiting.get(channel)?.forEach((wake) => wake()));
  }

  /** Calls `wake` at every event of the job until the returned function is called. */
  listen(id: JobId, wake: () => void): () => void {
    const channel = `${PREFIX}:bus:${id}`;
    let set = this.waiting.get(channel);
    if (set === undefined) {
      set = new Set();
      this.waiting.set(channel, set);
      this.subscriber.subscribe(channel).catch(() => undefined);
    }
    set.add(wake);
    return () => {
      set.delete(wake);
      if (set.size > 0 || this.waiting.get(channel) !== set) return;
      this.waiting.delete(channel);
      this.subscriber.unsubscribe(channel).catch(() => undefined);
    };
  }
}

/** Lets a reader sleep until there may be news, the time is up, or the signal fires. */
export class WakeSignal {
  private rung = false;
  private wake: (() => void) | undefined;
  readonly ring = (): void => {
    this.rung = true;
    this.wake?.();
  };

  async wait(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (!this.rung && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(timeoutMs, LOOK_AGAIN_MS));
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
        signal?.addEventListener('abort', this.wake, { once: true });
      });
      if (this.wake !== undefined) signal?.removeEventListener('abort', this.wake);
    }
    this.rung = false;
    this.wake = undefined;
  }
}

/**
 * Pages for those who follow jobs. Many who follow one job from the same event share one reading: a page can hold a
 * megabyte of output, and all of them come over one connection.
 */
export class EventPages {
  private readonly underway = new Map<string, Promise<JobEvent[]>>();

  constructor(private readonly read: (id: JobId, afterId: string) => Promise<JobEvent[]>) {}

  /** Stored events after an id ("0": from the start), at most one page. */
  async next(id: JobId, afterId: string): Promise<JobEvent[]> {
    const underway = this.underway.get(`${id} ${afterId}`);
    if (underway === undefined) return this.begin(id, afterId);
    const page = await underway;
    // An empty one may have been read just before the event that the caller was woken for.
    return page.length > 0 ? page : this.begin(id, afterId);
  }

  private begin(id: JobId, afterId: string): Promise<JobEvent[]> {
    const name = `${id} ${afterId}`;
    const page = this.read(id, afterId).finally(() => {
      if (this.underway.get(name) === page) this.underway.delete(name);
    });
    this.underway.set(name, page);
    return page;
  }
}

/**
 * Stored events after an id ("0": from the start), at most one page. The id of an event is its number among all that the job
 * has had; the first is its submission.
 */
export async function readEvents(run: RunScript, id: JobId, afterId: string): Promise<JobEvent[]> {
  const after = Number(afterId);
  const reply = (await run('read-events', id, after, PAGE)) as [string, number, string[]] | [];
  if (reply.length === 0) return [];
  const [submittedAt, first, entries] = reply;
  const events = entries.map((entry, i) => toEvent(first + i, entry));
  return after < SUBMITTED ? [submission(Number(submittedAt)), ...events] : events;
}

/** Id of the event that every job begins with. */
const SUBMITTED = 1;

function submission(atMs: number): JobEvent {
  return { id: String(SUBMITTED), type: 'submitted', at: new Date(atMs).toISOString(), attempt: null, data: {} };
}

/** Stored output of a job, oldest first, the last `tailBytes` of it. */
export async function readOutput(
  run: RunScript,
  id: JobId,
  options: { attempt?: number; tailBytes?: number },
): Promise<OutputChunk[]> {
  const chunks: OutputChunk[] = [];
  for (let after = '0'; ;) {
    const page = await readEvents(run, id, after);
    for (const event of page) {
      if (event.type !== 'output' || (options.attempt !== undefined && event.attempt !== options.attempt)) continue;
      chunks.push({
        attempt: event.attempt ?? 0,
        at: event.at,
        ...(event.data as Pick<OutputChunk, 'stream' | 'text'>),
      });
    }
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.id;
  }
  return options.tailBytes === undefined ? chunks : tail(chunks, options.tailBytes);
}

function tail(chunks: OutputChunk[], bytes: number): OutputChunk[] {
  const kept: OutputChunk[] = [];
  let left = bytes;
  for (const chunk of chunks.toReversed()) {
    if (left <= 0) break;
    const buffer = Buffer.from(chunk.text);
    kept.unshift(buffer.length <= left ? chunk : { ...chunk, text: buffer.subarray(buffer.length - left).toString() });
    left -= buffer.length;
  }
  return kept;
}

function toEvent(id: number, entry: string): JobEvent {
  const [type, attempt, atMs, data] = JSON.parse(entry) as [JobEvent['type'], number, number, unknown];
  return { id: String(id), type, at: new Date(atMs).toISOString(), attempt: attempt === 0 ? null : attempt, data };
}
