import type { Job } from '@leeway/contract';

/** Longest title; a page has to stay readable whatever a job runs. */
const TITLE_LENGTH = 120;

/** What a job does, in one line: its command, its model, or its kind. */
export function workTitle(job: Pick<Job, 'kind' | 'input'>): string {
  return shorten(firstLine(describe(job)) || job.kind);
}

function describe({ kind, input }: Pick<Job, 'kind' | 'input'>): string {
  if (typeof input !== 'object' || input === null) return kind;
  const { argv, model } = input as { argv?: unknown; model?: unknown };
  if (Array.isArray(argv)) return argv.map((argument) => quoteArgument(String(argument))).join(' ');
  if (typeof model === 'string') return `${kind} with ${model}`;
  return kind;
}

/** As one would type it, so that `-e "a b"` does not look like three arguments. */
function quoteArgument(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}

function firstLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

function shorten(text: string): string {
  const characters = [...text];
  return characters.length <= TITLE_LENGTH ? text : `${characters.slice(0, TITLE_LENGTH - 1).join('')}…`;
}
