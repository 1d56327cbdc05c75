import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import { CATEGORIES, COMPLEXITIES, PROFILES, WORK_TYPES, type Submission, type Timeout } from '@leeway/contract';
import { assignment, durationMs, jsonObject, jsonValue, timeoutMs, wholeNumber } from './option-values.js';

/** The limits that may be changed after the submission, too. */
export function withClocks(command: Command): Command {
  return command
    .option(
      '--timeout <duration>',
      'limit of one attempt, e.g. 90s; absent: Leeway decides; none: only silence ends it',
      timeoutMs,
    )
    .option('--first-output <duration>', 'the first output has to come within this', durationMs)
    .option('--idle <duration>', 'longest silence between two outputs', durationMs)
    .option('--tool <duration>', 'longest silence while a tool runs', durationMs)
    .option('--queue <duration>', 'longest wait for a worker', durationMs)
    .option('--overall <duration>', 'limit over all attempts and the pauses between them', durationMs)
    .option('--complete-by <time>', 'everything has to be over by then, ISO 8601 with time zone');
}

/** The options that say how a job is to be run, whatever it is. */
export function withLimits(command: Command): Command {
  return withClocks(command.option('--label <text>', 'groups jobs for the estimator'))
    .option('--mode <name>', 'a time budget of the policy, e.g. fast or deep3')
    .addOption(
      new Option('--profile <name>', 'speed: ends what may hang sooner; quality: more room for slow work').choices(
        PROFILES,
      ),
    )
    .option('--task <name>', 'name of the task; groups jobs where there is no label')
    .addOption(
      new Option('--complexity <level>', 'moves the default while nothing like it has run').choices(COMPLEXITIES),
    )
    .addOption(new Option('--category <name>', 'what it is about').choices(CATEGORIES))
    .addOption(new Option('--type <name>', 'what is done').choices(WORK_TYPES))
    .option('--delay <duration>', 'start no earlier than this from now', durationMs)
    .option('--attempts <count>', 'how often it may be tried', wholeNumber)
    .option('--priority <0-20>', 'higher first', wholeNumber)
    .option('--stream', 'somebody watches it grow: the streaming limits of the tier hold')
    .option('--no-stream', 'nobody does; without either, chat streams and all else does not')
    .addOption(new Option('--on-worker-lost <what>', 'what happens when its worker dies').choices(['retry', 'fail']))
    .addOption(
      new Option('--overlap <what>', 'forbid: a worker that is cut off stops the job').choices(['allow', 'forbid']),
    )
    .option('--no-monitor', 'its stream is not read')
    .option('--webhook <url>', 'is told when the job has ended')
    .option('--metadata <json>', 'JSON object that is returned as given', jsonObject);
}

/** The options of the kind `command`. */
export function withCommandInput(command: Command): Command {
  return command
    .option('--cwd <folder>', 'working directory on the worker')
    .option('--env <name=value>', 'environment variable; may be given more than once', assignment)
    .option('--stream-json', 'it prints one JSON event a line, as agent command lines do')
    .option('--done-marker <line>', 'a line of its output that says that its work is done')
    .option('--stdin', 'pass what comes in on standard input to the job');
}

export function withAnyInput(command: Command): Command {
  return command
    .option('--kind <kind>', 'which handler runs it; default: command')
    .option('--input <json>', 'what that handler takes', jsonValue)
    .option('--file <path>', 'take the whole submission from a JSON file, or from standard input with "-"');
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
  /** True by default: commander's way to have a "--no-". */
  monitor?: boolean;
  webhook?: string;
  metadata?: Record<string, unknown>;
}

/** The fields of a submission that were asked for, and no others: what is absent is for the server to decide. */
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

/** The input of a `command` job from argv and the options beside it. */
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
