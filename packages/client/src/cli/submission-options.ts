import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { CATEGORIES, COMPLEXITIES, PROFILES, WORK_TYPES, type Submission, type Timeout } from '@leeway/contract';
import { assignment, durationMs, jsonObject, jsonValue, timeoutMs, wholeNumber } from './option-values.js';

/** Options for limits, which can also be changed after the submission. */
export function withClocks(command: Command): Command {
  return command
    .option(
      '--timeout <duration>',
      'limit of one attempt, e.g. 90s; absent: Leeway decides; none: only silence ends it',
      timeoutMs,
    )
    .option('--first-output <duration>', 'time to the first output', durationMs)
    .option('--idle <duration>', 'longest pause between two outputs', durationMs)
    .option('--tool <duration>', 'longest pause while a tool runs', durationMs)
    .option('--queue <duration>', 'longest wait for a worker', durationMs)
    .option('--overall <duration>', 'limit of all attempts together with the pauses between them', durationMs)
    .option('--complete-by <time>', 'time by which the job has to be complete, ISO 8601 with time zone');
}

/** Options for a job of any kind. */
export function withLimits(command: Command): Command {
  return withClocks(command.option('--label <text>', 'jobs with the same label are compared with each other'))
    .option('--mode <name>', 'a time budget of the policy, e.g. fast or deep3')
    .addOption(new Option('--profile <name>', 'speed: shorter deadlines; quality: longer ones').choices(PROFILES))
    .option('--task <name>', 'name of the task; used like a label where there is none')
    .addOption(
      new Option('--complexity <level>', 'changes the default deadline while nothing like it has run').choices(
        COMPLEXITIES,
      ),
    )
    .addOption(new Option('--category <name>', 'what it is about').choices(CATEGORIES))
    .addOption(new Option('--type <name>', 'what is done').choices(WORK_TYPES))
    .option('--delay <duration>', 'time to wait before it may start', durationMs)
    .option('--attempts <count>', 'most attempts', wholeNumber)
    .option('--priority <0-20>', 'higher first', wholeNumber)
    .option('--stream', 'somebody watches the output: use the streaming limits of the tier')
    .option('--no-stream', 'use its other limits (default: chat streams, other kinds do not)')
    .addOption(new Option('--on-worker-lost <what>', 'what to do when its worker dies').choices(['retry', 'fail']))
    .addOption(
      new Option('--overlap <what>', 'forbid: a worker without a connection to Redis stops the job').choices([
        'allow',
        'forbid',
      ]),
    )
    .option('--no-monitor', 'do not read its output for signs of progress')
    .option('--webhook <url>', 'address to notify when the job has ended')
    .option('--metadata <json>', 'JSON object that is stored with the job', jsonObject);
}

/** Options of the kind `command`. */
export function withCommandInput(command: Command): Command {
  return command
    .option('--cwd <folder>', 'working directory on the worker')
    .option('--env <name=value>', 'environment variable; may be given more than once', assignment)
    .option('--stream-json', 'it prints one JSON event per line, as agent command lines do')
    .option('--done-marker <line>', 'a line of output that means: the work is done')
    .option('--stdin', 'pass standard input to the job');
}

export function withAnyInput(command: Command): Command {
  return command
    .option('--kind <kind>', 'kind of the job; default: command')
    .option('--input <json>', 'input of a job of that kind', jsonValue)
    .option('--file <path>', 'read the whole submission from a JSON file, or from standard input with "-"');
}

interface LimitValues extends Pick<Submission, 'profile' | 'task' | 'complexity' | 'category' | 'type'> {
  label?: string;
  timeout?: Timeout;
  firstOutput?: number;
  idle?: number;
  tool?: number;
  queue?: number;
  overall?: number;
  completeBy?: string;
  mode?: string;
  delay?: number;
  attempts?: number;
  priority?: number;
  stream?: boolean;
  onWorkerLost?: 'retry' | 'fail';
  overlap?: 'allow' | 'forbid';
  /** True by default, as commander has it for a "--no-" option. */
  monitor?: boolean;
  webhook?: string;
  metadata?: Record<string, unknown>;
}

/** The fields of a submission that were given, and no others: the server decides the rest. */
export function readLimits(command: Command): Partial<Submission> {
  const o = command.opts<LimitValues>();
  const limits = given({
    queueMs: o.queue,
    firstOutputMs: o.firstOutput,
    idleMs: o.idle,
    toolMs: o.tool,
    overallMs: o.overall,
  });
  return given({
    label: o.label,
    profile: o.profile,
    task: o.task,
    complexity: o.complexity,
    category: o.category,
    type: o.type,
    timeoutMs: o.timeout,
    limits: Object.keys(limits).length === 0 ? undefined : limits,
    completeBy: o.completeBy,
    mode: o.mode,
    attempts: o.attempts,
    priority: o.priority,
    delayMs: o.delay,
    stream: o.stream,
    onWorkerLost: o.onWorkerLost,
    overlap: o.overlap,
    monitor: o.monitor === false ? false : undefined,
    webhook: o.webhook === undefined ? undefined : { url: o.webhook },
    metadata: o.metadata,
  });
}

interface CommandValues {
  cwd?: string;
  env?: Record<string, string>;
  stdin?: true;
  streamJson?: true;
  doneMarker?: string;
}

/** The input of a `command` job from argv and options. */
export async function readCommandInput(
  argv: string[],
  command: Command,
  world: { folder: string; readStdin(): Promise<string> },
): Promise<object> {
  const { cwd, env, stdin, streamJson, doneMarker } = command.opts<CommandValues>();
  return given({
    argv,
    cwd: cwd === undefined ? undefined : resolve(world.folder, cwd),
    env,
    format: streamJson === undefined ? undefined : 'stream-json',
    doneMarker,
    stdin: stdin === undefined ? undefined : await world.readStdin(),
  });
}

function given<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
