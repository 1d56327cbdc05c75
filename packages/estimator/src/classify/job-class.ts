import { type Complexity, complexityOf, type Hints } from '@leeway/contract';
import { commandParts } from './command-class.js';
import { encodePart } from './encode-part.js';
import { hintsOf } from './hints.js';
import { normalizeModel } from './model-name.js';

/** Group of jobs with a common history. */
export interface JobClass {
  /** The most specific level, e.g. `command/git/status` or `chat/gpt-4o/@summary`; a label is marked with `@`. */
  name: string;
  /** From the class itself to kind + executable or model, the most general level: different programs take different times. */
  levels: readonly string[];
  /** The levels without a label; only these have rings of all tenants together. */
  shared: readonly string[];
  /** Hint of the caller for this job, no part of the class. */
  complexity?: Complexity;
}

export interface ClassifiedJob extends Hints {
  kind: string;
  input: unknown;
  label?: string | null | undefined;
}

/**
 * Class of a job, from its kind, its executable or model and its label (without a label: the name of its task). Never throws:
 * an input that cannot be read leaves kind and label.
 */
export function classify(job: ClassifiedJob): JobClass {
  const { task, complexity } = hintsOf(job);
  const label = job.label === undefined || job.label === null || job.label === '' ? task : job.label;
  const jobClass = classFrom([job.kind, ...workParts(job)], label ?? null);
  return complexity === undefined ? jobClass : { ...jobClass, complexity: complexityOf(complexity) };
}

/** Class from the parts of its name, from general to specific. The first two (kind, and executable or model) are its most general level. */
export function classFrom(parts: readonly string[], label: string | null = null): JobClass {
  const encoded = parts.map(encodePart);
  const shared: string[] = [];
  for (let length = encoded.length; length >= Math.min(2, encoded.length); length -= 1)
    shared.push(encoded.slice(0, length).join('/'));
  const levels = label === null || label === '' ? shared : [`${shared[0]}/${encodePart(`@${label}`)}`, ...shared];
  return { name: levels[0] ?? '', levels, shared };
}

/** A class from its name, with the levels that `classify` gives it. Any text is accepted; one that is no class has no history. */
export function classFromName(className: string): JobClass {
  const parts = className.split('/');
  const labelled = parts.length > 1 && parts.at(-1)?.startsWith('@') === true;
  const work = labelled ? parts.slice(0, -1) : parts;
  const shared: string[] = [];
  for (let length = work.length; length >= Math.min(2, work.length); length -= 1)
    shared.push(work.slice(0, length).join('/'));
  return { name: className, levels: labelled ? [className, ...shared] : shared, shared };
}

/** Most general level: kind and executable or model. */
export function family(jobClass: JobClass): string {
  return jobClass.levels.at(-1) ?? jobClass.name;
}

function workParts({ kind, input }: ClassifiedJob): string[] {
  if (typeof input !== 'object' || input === null) return [];
  if (kind === 'command') {
    const { argv } = input as { argv?: unknown };
    return Array.isArray(argv) && argv.length > 0 && argv.every((arg) => typeof arg === 'string')
      ? commandParts(argv)
      : [];
  }
  if (kind === 'chat') {
    const { model, provider } = input as { model?: unknown; provider?: unknown };
    if (typeof model !== 'string' || model === '') return [];
    return typeof provider === 'string' ? [normalizeModel(model), `~${provider}`] : [normalizeModel(model)];
  }
  return [];
}
