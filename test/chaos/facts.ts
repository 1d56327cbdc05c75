import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a run of a job wrote down itself. `at`: epoch ms. */
export type Fact =
  | { word: 'start' | 'end'; attempt: string; pid: number; at: number }
  | { word: 'beside'; attempt: string; pid: number; at: number; other: string };

/** The facts of every job that ever ran, by job id. */
export function readFacts(folder: string): Map<string, Fact[]> {
  if (!existsSync(folder)) return new Map();
  return new Map(readdirSync(folder).map((job) => [job, parseFacts(readFileSync(join(folder, job), 'utf8'))]));
}

/** A line that was cut off by a kill is left out. */
export function parseFacts(text: string): Fact[] {
  return text.split('\n').flatMap((line): Fact[] => {
    const [word, attempt, pid, at, other] = line.split(' ');
    if (attempt === undefined || Number.isNaN(Number(pid)) || !(Number(at) > 0)) return [];
    const common = { attempt, pid: Number(pid), at: Number(at) };
    if (word === 'start' || word === 'end') return [{ word, ...common }];
    return word === 'beside' && other !== undefined ? [{ word, ...common, other }] : [];
  });
}
