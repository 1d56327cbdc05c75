import type { LeewayClient } from '@leeway/client';
import { durationText, kindPolicy } from '@leeway/contract';
import type { Outcome } from './findings.js';
import { processesLeft } from './processes.js';
import { RunLog } from './run-log.js';
import { Runner } from './runner.js';
import type { Screen } from './screen.js';
import { playStory, type Kill } from './story.js';
import type { WorkloadOptions } from './workload.js';

export interface DemoOptions {
  client: LeewayClient;
  workload: WorkloadOptions;
  chat: boolean;
  mayKill: boolean;
  screen: Screen;
  signal: AbortSignal;
}

/** Several times what it takes on a busy machine. */
const LIMIT_MS = 240_000;

/** Runs the whole demo against one stack. Rejects when the API stops replying; open jobs are cancelled then. */
export async function runDemo(options: DemoOptions): Promise<Outcome> {
  const { client, workload } = options;
  const log = new RunLog();
  try {
    const kill = await play(log, options);
    const policy = await client.config();
    return {
      log,
      kill,
      processesLeft: await processesLeft(workload.marker, 'cmdline'),
      staticLimitMs: kindPolicy(policy, 'command').priorMs,
    };
  } catch (error) {
    const reason = 'the demo was stopped';
    await Promise.allSettled(log.open().map(({ job }) => client.cancel(job.id, { reason })));
    throw error;
  }
}

/** Plays the story and watches its jobs. Each ends with the other one. */
async function play(log: RunLog, options: DemoOptions): Promise<Kill | undefined> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, limit, ended.signal]);
  const runner = new Runner({ ...options, log, signal });
  const story = playStory({ ...options, runner, log });
  const watch = runner.watch();
  try {
    return await Promise.race([story, watch]);
  } catch (error) {
    throw limit.aborted ? new Error(`it did not end within ${durationText(LIMIT_MS)}`, { cause: error }) : error;
  } finally {
    ended.abort();
    await Promise.allSettled([story, watch]);
  }
}
