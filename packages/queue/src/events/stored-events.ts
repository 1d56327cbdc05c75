import type { JobEvent, JobId } from '@leeway/contract';
import type { RunScript } from '../redis/scripts.js';

const PAGE_SIZE = 200;

export interface OutputChunk {
  attempt: number;
  stream: 'stdout' | 'stderr' | 'text';
  text: string;
  at: string;
}

export interface StoredOutput {
  chunks: OutputChunk[];
  /** True: some output was not stored, for its size. */
  truncated: boolean;
}

/** Id of the event that every job begins with. */
const SUBMITTED = 1;

/**
 * Stored events after an id ("0": from the start), at most one page. The id of an event is its number among all events of the
 * job; the first is its submission, which is not stored.
 */
export async function readEvents(run: RunScript, id: JobId, afterId: string): Promise<JobEvent[]> {
  const after = Number(afterId);
  const reply = (await run('read-events', id, after, PAGE_SIZE)) as [string, number, string[]] | [];
  if (reply.length === 0) return [];
  const [submittedAt, first, entries] = reply;
  const events = entries.map((entry, i) => toEvent(first + i, entry));
  return after < SUBMITTED ? [submission(Number(submittedAt)), ...events] : events;
}

function submission(atMs: number): JobEvent {
  return { id: String(SUBMITTED), type: 'submitted', at: new Date(atMs).toISOString(), attempt: null, data: {} };
}

/** As `event` of lib/events.lua writes it. */
function toEvent(id: number, entry: string): JobEvent {
  const [type, attempt, atMs, data] = JSON.parse(entry) as [JobEvent['type'], number, number, unknown];
  return { id: String(id), type, at: new Date(atMs).toISOString(), attempt: attempt === 0 ? null : attempt, data };
}

/** Stored output of a job, oldest first, the last `tailBytes` of it. */
export async function readOutput(
  run: RunScript,
  id: JobId,
  { attempt, tailBytes }: { attempt?: number; tailBytes?: number },
): Promise<OutputChunk[]> {
  const chunks: OutputChunk[] = [];
  for (let after = '0'; ;) {
    const page = await readEvents(run, id, after);
    chunks.push(...page.filter((event) => attempt === undefined || event.attempt === attempt).flatMap(toChunk));
    const last = page.at(-1);
    if (last === undefined) break;
    after = last.id;
  }
  return tailBytes === undefined ? chunks : tail(chunks, tailBytes);
}

function toChunk({ type, attempt, at, data }: JobEvent): OutputChunk[] {
  return type === 'output' ? [{ attempt: attempt ?? 0, at, ...(data as Pick<OutputChunk, 'stream' | 'text'>) }] : [];
}

function tail(chunks: readonly OutputChunk[], bytes: number): OutputChunk[] {
  const kept: OutputChunk[] = [];
  let room = bytes;
  for (const chunk of chunks.toReversed()) {
    if (room <= 0) break;
    const buffer = Buffer.from(chunk.text);
    kept.unshift(buffer.length <= room ? chunk : { ...chunk, text: buffer.subarray(buffer.length - room).toString() });
    room -= buffer.length;
  }
  return kept;
}
