import { setTimeout as sleep } from 'node:timers/promises';
import type { LeewayClient } from '@leeway/client';
import { kindPolicy, type WorkerInfo } from '@leeway/contract';
import { liveTable } from './live-table.js';
import type { Paint } from './paint.js';
import { processesWith } from './processes.js';
import { RunLog } from './run-log.js';
import { Runner } from './runner.js';
import type { Screen } from './screen.js';
import { tellStory } from './story.js';
import { summarize, type Summary } from './summary.js';
import type { WorkloadOptions } from './workload.js';

export interface DemoOptions {
  client: LeewayClient;
  workload: WorkloadOptions;
  chat: boolean;
  mayKill: boolean;
  screen: Screen;
  paint: Paint;
  /** Characters in a line of the terminal; asked for at every redraw. */
  columns: () => number;
  signal: AbortSignal;
}

const REDRAW_EVERY_MS = 200;
const SECOND_MS = 1_000;
/** What the system may take to remove the last process of an ended command. */
const LEFT_LIMIT_MS = 5_000;

/** Runs the whole demo against one stack. Rejects when the API stops answering; open jobs are cancelled then. */
export async function runDemo(options: DemoOptions): Promise<Summary> {
  const { client, screen, paint, workload, signal } = options;
  const log = new RunLog();
  const startedAt = performance.now();
  const tell = (line: string) =>
    screen.line(`${paint.dim(`${((performance.now() - startedAt) / SECOND_MS).toFixed(1).padStart(5)} s`)}  ${line}`);
  const ended = new AbortController();
  const running = AbortSignal.any([signal, ended.signal]);
  const runner = new Runner({ client, log, tell, signal: running });
  try {
    const story = tellStory({ ...options, runner, log, tell, nowMs: Date.now });
    const watching = Promise.all([runner.look(), draw(log, { ...options, signal: running })]);
    // The watchers end only by an error or when the story has ended.
    const deeds = await Promise.race([story, watching.then(() => story)]);
    ended.abort();
    await watching.catch(() => undefined);
    const policy = await client.config();
    const staticLimitMs = kindPolicy(policy, 'command').priorMs;
    const outcome = {
      log,
      deeds,
      processesLeft: await processesLeft(workload.marker),
      graceMs: policy.supervision.graceMs,
      staticLimitMs,
    };
    return summarize(outcome, paint);
  } catch (error) {
    ended.abort();
    await cancelOpen(log, client);
    throw error;
  }
}

async function draw(log: RunLog, { client, screen, paint, columns, signal }: DemoOptions): Promise<void> {
  let workers: WorkerInfo[] = [];
  let askedAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    if (performance.now() - askedAt >= SECOND_MS) {
      askedAt = performance.now();
      workers = await client.workers({ signal });
    }
    screen.block(liveTable(log, workers, { columns: columns(), paint }));
    await sleep(REDRAW_EVERY_MS, undefined, { signal });
  }
}

async function processesLeft(marker: string): Promise<number | undefined> {
  const giveUpAt = performance.now() + LEFT_LIMIT_MS;
  for (;;) {
    const left = await processesWith(marker, 'cmdline');
    if (left === undefined || left.length === 0 || performance.now() >= giveUpAt) return left?.length;
    await sleep(REDRAW_EVERY_MS);
  }
}

async function cancelOpen(log: RunLog, client: LeewayClient): Promise<void> {
  await Promise.allSettled(log.open().map(({ job }) => client.cancel(job.id, { reason: 'the demo was stopped' })));
}
