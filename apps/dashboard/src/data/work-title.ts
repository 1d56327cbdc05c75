import { WORKFLOW_KIND, type Job } from '@leeway/contract';

/** Longest title in characters. */
const TITLE_LENGTH = 120;

/** A job in one line: its command, its model, its steps, or its kind. */
export function workTitle(job: Pick<Job, 'kind' | 'input'>): string {
  return shorten(firstLine(describe(job)) || job.kind);
}

function describe({ kind, input }: Pick<Job, 'kind' | 'input'>): string {
  if (typeof input !== 'object' || input === null) return kind;
  const { argv, model, steps } = input as { argv?: unknown; model?: unknown; steps?: unknown };
  if (Array.isArray(argv)) return argv.map((argument) => quoteArgument(String(argument))).join(' ');
  if (typeof model === 'string') return `${kind} with ${model}`;
  if (kind === WORKFLOW_KIND && Array.isArray(steps)) return `${kind}: ${steps.map(stepName).join(', ')}`;
  return kind;
}

function stepName(step: unknown): string {
  return String((step as { name?: unknown }).name);
}

/** Quoted as in a shell, so that `-e "a b"` does not look like three arguments. */
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
