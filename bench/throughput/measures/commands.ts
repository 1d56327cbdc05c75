import { spawn } from 'node:child_process';
import { httpLoad } from '../http-load.js';
import { startLeeway } from '../systems/leeway.js';
import type { Figure } from './figures.js';

const CONCURRENCY = 8;
const PROGRAM = '/bin/true';

/** Commands that end at once, beside the same program spawned by hand, as many at a time. */
export async function measureCommands({ jobs }: { jobs: number }): Promise<Figure[]> {
  const bare = await spawnRate(jobs);
  const leeway = await startLeeway({ concurrency: CONCURRENCY });
  const body = JSON.stringify({ kind: 'command', input: { argv: [PROGRAM] } });
  await httpLoad({ port: leeway.port, path: '/v1/jobs', requests: jobs, connections: CONCURRENCY, body: () => body });
  await leeway.addWorker();
  const ended = async () => {
    const reply = await leeway.stack.request('GET', `/v1/jobs?kind=command&state=succeeded&limit=${MOST_LISTED}`);
    return (reply.body as { jobs: { finishedAt: string }[] }).jobs.map(({ finishedAt }) => Date.parse(finishedAt));
  };
  let ends: number[] = [];
  while (ends.length < Math.min(jobs, MOST_LISTED)) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    ends = await ended();
  }
  await leeway.stop();
  const sorted = ends.toSorted((a, b) => a - b);
  const from = Math.floor(sorted.length * SKIPPED_SHARE);
  const seconds = ((sorted.at(-1) ?? 0) - (sorted[from] ?? 0)) / 1_000;
  return [
    {
      ...{ name: 'commands', unit: 'jobs/s', better: 'higher', peer: 'child_process.spawn', bare },
      leeway: (sorted.length - from - 1) / seconds,
    },
  ];
}

/** As many as one page of the list holds. */
const MOST_LISTED = 200;
const LOOK_EVERY_MS = 100;
/** The first ones share the time in which the worker starts. */
const SKIPPED_SHARE = 0.2;

async function spawnRate(count: number): Promise<number> {
  let next = 0;
  const lane = async () => {
    while (next < count) {
      next += 1;
      await new Promise((resolve) => spawn(PROGRAM, { stdio: ['ignore', 'pipe', 'pipe'] }).once('close', resolve));
    }
  };
  const beganMs = performance.now();
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  return count / ((performance.now() - beganMs) / 1_000);
}
