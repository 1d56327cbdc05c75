import type { Submission } from '@leeway/contract';

/** A group of like tasks: one class for the estimator, one line of the table. */
export interface Family {
  name: string;
  /** What a person should know of it. */
  about: string;
  /** Tasks submitted at once; the rest follow as these end. */
  parallel: number;
}

/** How a task is meant to end; the summary holds the API's answers against it. */
export type Intent = 'healthy' | 'slow' | 'hangs' | 'fails' | 'loses_its_worker';

export interface Task {
  family: Family;
  intent: Intent;
  submission: Submission;
}

export interface WorkloadOptions {
  /** Stands in every command line of this run, so that its processes can be found; also keeps classes of two runs apart. */
  marker: string;
  /** End of every label; empty on a stack of its own, whose history starts empty anyway. */
  labelSuffix: string;
}

export const QUICK: Family = { name: 'quick', about: 'short scripts', parallel: 3 };
export const REPORT: Family = { name: 'report', about: 'scripts of about a second', parallel: 4 };
export const CHAT: Family = { name: 'chat', about: 'streamed answers of a model server', parallel: 4 };
export const STEPS: Family = { name: 'steps', about: 'longer scripts', parallel: 9 };

const QUICK_TASKS = 30;
const REPORT_TASKS = 25;
const CHAT_TASKS = 25;

/**
 * Milliseconds that task `index` takes, the same in every run: most near the lower end of the range and a few near the
 * upper, as real work is.
 */
function spread(index: number, range: { fromMs: number; toMs: number }): number {
  const share = (index * GOLDEN_RATIO) % 1;
  return Math.round(range.fromMs + share ** SKEW * (range.toMs - range.fromMs));
}
/** Its multiples spread evenly over 0 to 1. */
const GOLDEN_RATIO = 0.618_034;
const SKEW = 3;

/** A few dozen ordinary tasks, by family. */
export function usualWork(options: WorkloadOptions & { chat: boolean }): Task[][] {
  const quick = tasks(QUICK_TASKS, (index) => healthyScript(QUICK, spread(index, { fromMs: 100, toMs: 500 }), options));
  const report = tasks(REPORT_TASKS, (index) =>
    healthyScript(REPORT, spread(index, { fromMs: 500, toMs: 2_200 }), options),
  );
  const chat = options.chat
    ? tasks(CHAT_TASKS, (index) => chatTask(spread(index, { fromMs: 300, toMs: 1_000 }), options))
    : [];
  return [quick, report, chat];
}

function tasks(count: number, make: (index: number) => Task): Task[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function healthyScript(family: Family, durationMs: number, options: WorkloadOptions): Task {
  return script(family, { intent: 'healthy', code: `setTimeout(() => {}, ${durationMs})` }, options);
}

function script(
  family: Family,
  work: { intent: Intent; code: string },
  { marker, labelSuffix }: WorkloadOptions,
): Task {
  const input = { argv: ['node', '-e', work.code, marker] };
  return { family, intent: work.intent, submission: { kind: 'command', input, label: family.name + labelSuffix } };
}

/** The fields in `fake` tell the model server that ships with the demo how long to take. */
function chatTask(durationMs: number, { labelSuffix }: WorkloadOptions): Task {
  const tokens = 20;
  const fake = { firstTokenMs: Math.round(durationMs / 2), tokenMs: Math.round(durationMs / 2 / tokens), tokens };
  const input = {
    model: 'steady',
    messages: [{ role: 'user', content: 'How long will this take?' }],
    params: { fake },
  };
  return { family: CHAT, intent: 'healthy', submission: { kind: 'chat', input, label: CHAT.name + labelSuffix } };
}

/** Healthy, only much slower than its like. */
export function slowTask(durationMs: number, options: WorkloadOptions): Task {
  return script(REPORT, { intent: 'slow', code: `setTimeout(() => {}, ${durationMs})` }, options);
}

/** Never ends, ignores a polite request to, and has a child that does the same. */
export function hungTask(options: WorkloadOptions): Task {
  const forever = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`;
  const child = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(forever)}, ${JSON.stringify(options.marker)}], { stdio: 'ignore' })`;
  return script(QUICK, { intent: 'hangs', code: `${child}; ${forever}` }, options);
}

export const FAILING_EXIT_CODE = 3;

export function failingTask(options: WorkloadOptions): Task {
  return script(
    QUICK,
    { intent: 'fails', code: `console.error('no such customer'); process.exit(${FAILING_EXIT_CODE})` },
    options,
  );
}

const STEP_TASKS = 9;
const STEP_MS = 4_000;

/** Tasks that are still at work when their worker is killed. */
export function stepTasks(options: WorkloadOptions): Task[] {
  return tasks(STEP_TASKS, () =>
    script(STEPS, { intent: 'loses_its_worker', code: `setTimeout(() => {}, ${STEP_MS})` }, options),
  );
}
