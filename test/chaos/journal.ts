import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a run of a job recorded itself: its start, its end, and when it started while a process of another run of the
 * same job was alive. `at`: epoch ms.
 */
export type JournalEntry =
  | { event: 'start' | 'end'; attempt: string; pid: number; at: number }
  | { event: 'overlap'; attempt: string; pid: number; at: number; other: string };

/** The journal of every job that ever ran, by job id. */
export function readJournals(folder: string): Map<string, JournalEntry[]> {
  if (!existsSync(folder)) return new Map();
  return new Map(readdirSync(folder).map((job) => [job, parseJournal(readFileSync(join(folder, job), 'utf8'))]));
}

/** A line that a kill has cut off is left out. */
export function parseJournal(text: string): JournalEntry[] {
  return text.split('\n').flatMap((line): JournalEntry[] => {
    const [event, attempt, pid, at, other] = line.split(' ');
    if (attempt === undefined || Number.isNaN(Number(pid)) || !(Number(at) > 0)) return [];
    const common = { attempt, pid: Number(pid), at: Number(at) };
    if (event === 'start' || event === 'end') return [{ event, ...common }];
    return event === 'overlap' && other !== undefined ? [{ event, ...common, other }] : [];
  });
}
