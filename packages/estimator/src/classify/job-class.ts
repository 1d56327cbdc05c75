import { type Complexity, complexityOf, type Hints } from '@leeway/contract';
import { commandParts } from './command-class.js';
import { encodePart } from './encode-part.js';
import { hintsOf } from './hints.js';
import { normalizeModel } from './model-name.js';

/** What the estimator groups by. */
export interface JobClass {
  /** The most specific level, e.g. `command/git/status` or `chat/gpt-4o/@summary`; a label is marked with `@`. */
  name: string;
  /** From the class itself to kind + executable or model, which is as far as it goes: a quick program says nothing about another one. */
  levels: readonly string[];
  /** Those of `levels` that name no label; only they are compared across tenants. */
  shared: readonly string[];
  /** What the caller says of this job. A hint: it is no part of the class. */
  complexity?: Complexity;
}

export interface ClassifiedJob extends Hints {
  kind: string;
  input: unknown;
  label?: string | null | undefined;
}

/**
 * The class of a job, from its kind, what it runs and its label, or the name of its task where it has none. Never throws:
 * what it cannot read goes by kind and label.
 */
export function classify(job: ClassifiedJob): JobClass {
  const { task, complexity } = hintsOf(job);
  const label = job.label === undefined || job.label === null || job.label === '' ? task : job.label;
  const jobClass = classFrom([job.kind, ...workParts(job)], label ?? null);
  return complexity === undefined ? jobClass : { ...jobClass, complexity: complexityOf(complexity) };
}

/** A class from parts that name the work, from general to specific; the first two (kind, and executable or model) bound its levels. */
export function classFrom(parts: readonly string[], label: string | null = null): JobClass {
  const encoded = parts.map(encodePart);
  const shared: string[] = [];
  for (let length = encoded.length; length >= Math.min(2, encoded.length); length -= 1)
    shared.push(encoded.slice(0, length).join('/'));
  const levels = label === null || label === '' ? shared : [`${shared[0]}/${encodePart(`@${label}`)}`, ...shared];
  return { name: levels[0] ?? '', levels, shared };
}

/** The most general level: kind and executable or model. */
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
