import type { Submission } from '@leeway/contract';

/** Tasks of one kind: one class for the estimator, one row of the table. */
export interface Family {
  name: string;
  /** Number of tasks submitted at the same time; the next follows when one ends. */
  parallel: number;
}

/** How a task is meant to end. */
export type Intent = 'healthy' | 'slow' | 'hangs' | 'fails';

export interface Task {
  family: Family;
  intent: Intent;
  submission: Submission;
}

export interface WorkloadOptions {
  /** An argument of every command of this run, by which its processes are found. */
  marker: string;
  /** End of every label, which keeps the classes of two runs apart; empty on a stack whose history is empty. */
  labelSuffix: string;
}

export const QUICK: Family = { name: 'quick', parallel: 3 };
export const REPORT: Family = { name: 'report', parallel: 4 };
export const CHAT: Family = { name: 'chat', parallel: 4 };
export const STEPS: Family = { name: 'steps', parallel: 9 };

const QUICK_TASKS = 30;
const REPORT_TASKS = 25;
const CHAT_TASKS = 25;
/** Enough for a healthy task to succeed on a machine that is so busy that an attempt is stopped by mistake. */
const HEALTHY_ATTEMPTS = 4;

/** Ordinary tasks by family: short scripts, scripts of about a second, and answers of a model server where there is one. */
export function ordinaryTasks(options: WorkloadOptions & { chat: boolean }): Task[][] {
  const quick = tasks(QUICK_TASKS, (index) => healthyScript(QUICK, spread(index, { fromMs: 100, toMs: 500 }), options));
  const report = tasks(REPORT_TASKS, (index) =>
    healthyScript(REPORT, spread(index, { fromMs: 500, toMs: 2_200 }), options),
  );
  const chat = options.chat
    ? tasks(CHAT_TASKS, (index) => chatTask(spread(index, { fromMs: 300, toMs: 1_000 }), options))
    : [];
  return [quick, report, chat];
}

/** Healthy, but much slower than the other tasks of its class. */
export function slowTask(durationMs: number, options: WorkloadOptions): Task {
  return script(REPORT, { intent: 'slow', code: wait(durationMs), attempts: HEALTHY_ATTEMPTS }, options);
}

/** Never ends, ignores SIGTERM, and has a child that does the same. */
export function hungTask(options: WorkloadOptions): Task {
  const forever = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`;
  const child = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(forever)}, ${JSON.stringify(options.marker)}], { stdio: 'ignore' })`;
  return script(QUICK, { intent: 'hangs', code: `${child}; ${forever}` }, options);
}

export const FAILING_EXIT_CODE = 3;

export function failingTask(options: WorkloadOptions): Task {
  const code = `console.error('no such customer'); process.exit(${FAILING_EXIT_CODE})`;
  return script(QUICK, { intent: 'fails', code }, options);
}

const STEP_TASKS = 9;
/** Long enough for all of them to run at the same time on a busy machine. */
const STEP_MS = 6_000;

/** Tasks that are still running when their worker is killed. */
export function stepTasks(options: WorkloadOptions): Task[] {
  return tasks(STEP_TASKS, () => healthyScript(STEPS, STEP_MS, options));
}

function tasks(count: number, make: (index: number) => Task): Task[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/**
 * Milliseconds that task `index` takes, the same in every run: most near the lower end of the range and a few near the
 * upper one, like the durations of real work.
 */
function spread(index: number, range: { fromMs: number; toMs: number }): number {
  const share = (index * GOLDEN_RATIO) % 1;
  return Math.round(range.fromMs + share ** SKEW * (range.toMs - range.fromMs));
}
/** Its multiples are spread evenly over 0 to 1. */
const GOLDEN_RATIO = 0.618_034;
const SKEW = 3;

function healthyScript(family: Family, durationMs: number, options: WorkloadOptions): Task {
  return script(family, { intent: 'healthy', code: wait(durationMs), attempts: HEALTHY_ATTEMPTS }, options);
}

function wait(durationMs: number): string {
  return `setTimeout(() => {}, ${durationMs})`;
}

function script(
  family: Family,
  { intent, code, ...limits }: { intent: Intent; code: string; attempts?: number },
  { marker, labelSuffix }: WorkloadOptions,
): Task {
  const input = { argv: ['node', '-e', code, marker] };
  return { family, intent, submission: { kind: 'command', input, label: family.name + labelSuffix, ...limits } };
}

const CHAT_TOKENS = 20;

/** The test model server takes its pace from the field `fake`. */
function chatTask(durationMs: number, { labelSuffix }: WorkloadOptions): Task {
  const tokenMs = Math.round(durationMs / 2 / CHAT_TOKENS);
  const fake = { firstTokenMs: Math.round(durationMs / 2), tokenMs, tokens: CHAT_TOKENS };
  const messages = [{ role: 'user', content: 'How long will this take?' }];
  const input = { model: 'steady', messages, params: { fake } };
  const submission = { kind: 'chat', input, label: CHAT.name + labelSuffix, attempts: HEALTHY_ATTEMPTS };
  return { family: CHAT, intent: 'healthy', submission };
}
