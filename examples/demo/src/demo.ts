import { setTimeout as sleep } from 'node:timers/promises';
import type { LeewayClient } from '@leeway/client';
import { durationText, kindPolicy, type WorkerInfo } from '@leeway/contract';
import { GroupedLines } from './grouped-lines.js';
import { liveTable } from './live-table.js';
import type { Paint } from './paint.js';
import { processesLeft } from './processes.js';
import { RunLog } from './run-log.js';
import { Runner } from './runner.js';
import type { Screen } from './screen.js';
import { tellStory, type Deeds } from './story.js';
import { summarize, type Summary } from './summary.js';
import type { WorkloadOptions } from './workload.js';

export interface DemoOptions {
  client: LeewayClient;
  workload: WorkloadOptions;
  chat: boolean;
  mayKill: boolean;
  screen: Screen;
  paint: Paint;
  signal: AbortSignal;
}

const REDRAW_EVERY_MS = 200;
const SECOND_MS = 1_000;
/** Several times what it takes on a busy machine; beyond, something waits that will never come. */
const LIMIT_MS = 240_000;
/** Width of the seconds in front of a line. */
const NEWS_INDENT = 9;

/** Runs the whole demo against one stack. Rejects when the API stops answering; open jobs are cancelled then. */
export async function runDemo(options: DemoOptions): Promise<Summary> {
  const { client, paint, workload } = options;
  const log = new RunLog();
  const deeds = await play(log, options).catch(async (error: unknown) => {
    await cancelOpen(log, client);
    throw error;
  });
  const policy = await client.config();
  const outcome = {
    log,
    deeds,
    processesLeft: await processesLeft(workload.marker, 'cmdline'),
    graceMs: policy.supervision.graceMs,
    staticLimitMs: kindPolicy(policy, 'command').priorMs,
  };
  return summarize(outcome, paint);
}

/** The story, with two watchers beside it: one asks the API for news, one draws. They stop with the story, and the story with them. */
async function play(log: RunLog, options: DemoOptions): Promise<Deeds> {
  const { client, signal } = options;
  const ended = new AbortController();
  const running = AbortSignal.any([signal, ended.signal]);
  const giveUp = setTimeout(() => ended.abort(new Error(`not over after ${durationText(LIMIT_MS)}`)), LIMIT_MS);
  const lines = new GroupedLines(timed(options));
  const tell = lines.add;
  const runner = new Runner({ client, log, tell, signal: running });
  const story = tellStory({ ...options, runner, log, tell, nowMs: Date.now });
  const watchers = Promise.all([runner.look(), draw(log, lines, { ...options, signal: running })]);
  try {
    return await Promise.race([story, watchers.then(() => story)]);
  } catch (error) {
    // What was aborted says only that it was; the reason is ours.
    throw ended.signal.aborted && !signal.aborted ? ended.signal.reason : error;
  } finally {
    clearTimeout(giveUp);
    ended.abort();
    await Promise.allSettled([story, watchers]);
    lines.flush();
  }
}

/** Writes a line with the seconds since now in front. */
function timed({ screen, paint }: DemoOptions): (line: string) => void {
  const startedAt = performance.now();
  return (line) => {
    const seconds = ((performance.now() - startedAt) / SECOND_MS).toFixed(1).padStart(5);
    screen.line(`${paint.dim(`${seconds} s`)}  ${line}`, NEWS_INDENT);
  };
}

async function draw(log: RunLog, lines: GroupedLines, options: DemoOptions): Promise<void> {
  const { client, screen, paint, signal } = options;
  let workers: WorkerInfo[] = [];
  let askedAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    if (performance.now() - askedAt >= SECOND_MS) {
      askedAt = performance.now();
      workers = await client.workers({ signal });
    }
    lines.flush();
    screen.block(liveTable(log, workers, { columns: screen.columns(), paint }));
    await sleep(REDRAW_EVERY_MS, undefined, { signal });
  }
}

async function cancelOpen(log: RunLog, client: LeewayClient): Promise<void> {
  await Promise.allSettled(log.open().map(({ job }) => client.cancel(job.id, { reason: 'the demo was stopped' })));
}
