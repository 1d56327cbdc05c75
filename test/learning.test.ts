import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ClassInfo, Decision, Job } from '@leeway/contract';
import { startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leeway } from './cli/leeway-process.js';

const QUICK_MS = 300;
const SLOW_MS = 900;
const PRIOR_MS = 600_000;

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    workers: 2,
    policy: {
      // So that hundreds of milliseconds can be learned, and missed.
      estimator: { floorMs: 100, coldFloorMs: 100, margin: 1.2 },
      limits: { backoffMs: 10, attempts: 4 },
      supervision: { graceMs: 100 },
    },
  });
});
afterAll(() => stack.stop());

const sleeping = (ms: number, label: string) => ({
  kind: 'command',
  input: { argv: ['sleep', String(ms / 1_000)] },
  label,
});

async function runAll(submissions: object[]): Promise<Job[]> {
  const jobs = await Promise.all(submissions.map((submission) => stack.submit(submission)));
  return Promise.all(jobs.map(({ id }) => stack.waitFinal(id, 60_000)));
}

const many = (count: number, submission: object) => Array.from({ length: count }, () => submission);
const decisionFor = async (submission: object): Promise<Decision> =>
  (await stack.request('POST', '/v1/estimates', submission)).body.decision;

/** Kills at a deadline of attempts that were healthy: the attempt that succeeded took longer than that deadline. */
function wrongKills({ attempts }: Job): number {
  const lastMs = attempts.at(-1)?.durationMs ?? 0;
  return attempts.filter(({ cause, decision }) => cause === 'deadline' && lastMs > (decision?.deadlineMs ?? Infinity))
    .length;
}

describe('a class', () => {
  it('of which thirty jobs have just ended has its next job judged by them, also by workers that had read an empty history (F47, F52)', async () => {
    let label = '';
    const workersOf = (jobs: Job[]) => new Set(jobs.map(({ attempts }) => attempts[0]?.worker));
    let round = 0;
    const onBothWorkers = async () => {
      label = `burst-${(round += 1)}`;
      const jobs = await runAll(many(30, sleeping(100, label)));
      return workersOf(jobs).size === 2 ? jobs : undefined;
    };
    const quick = await waitUntil(onBothWorkers, { what: 'both workers to run some of them', timeoutMs: 60_000 });
    expect(quick.some(({ attempts }) => attempts[0]?.decision?.deadlineMs === PRIOR_MS)).toBe(true);

    // More than one worker runs at once, so both have to judge some.
    const hanging = await runAll(many(10, { ...sleeping(1e9, label), attempts: 1 }));
    expect(workersOf(hanging).size).toBe(2);
    for (const job of hanging) {
      expect(job).toMatchObject({ state: 'failed', cause: 'deadline', decision: { basis: 'history' } });
      expect(job.decision?.deadlineMs).toBeLessThan(PRIOR_MS / 10);
    }
  });

  it('whose jobs suddenly take three times as long gets a deadline that fits again, and loses no job on the way (F39, F53)', async () => {
    const before: Job[] = [];
    while (before.length < 30) before.push(...(await runAll(many(6, sleeping(QUICK_MS, 'tripling')))));
    for (const job of before) expect(job.state).toBe('succeeded');

    const after: Job[] = [];
    const fits = async () => {
      const wave = await runAll(many(6, sleeping(SLOW_MS, 'tripling')));
      after.push(...wave);
      return wave.every(({ attempts }) => attempts.length === 1 && (attempts[0]?.decision?.baseMs ?? 0) > SLOW_MS);
    };
    await waitUntil(fits, { what: 'a wave whose deadline is made from the new duration', timeoutMs: 60_000 });
    for (const job of after) expect(job).toMatchObject({ state: 'succeeded', cause: null });

    const { body } = await stack.request('GET', `/v1/classes/${encodeURIComponent(after[0]?.class ?? '')}`);
    const info = body as ClassInfo;
    expect(info.succeeded).toBe(before.length + after.length);
    // Every wrong kill was judged by its retry, and counted. A retry that was quicker shows that the attempt had hung.
    expect(info.falseKills).toBe([...before, ...after].reduce((sum, job) => sum + wrongKills(job), 0));
  });
});

describe('the example of an imported history', () => {
  const example = fileURLToPath(new URL('../examples/history/observations.ndjson', import.meta.url));
  const work = { kind: 'command', input: { argv: ['node', 'nightly-report.js'] } };
  const history = async (...args: string[]) => {
    const { code, out, err } = await leeway(stack.api, ['history', ...args]);
    expect(code, err).toBe(0);
    return out;
  };

  it('gives a class that never ran here its first deadline, until it is reset (F51, F54)', async () => {
    expect(await decisionFor(work)).toMatchObject({ basis: 'prior', deadlineMs: PRIOR_MS });
    expect(await history('import', '--file', example)).toMatch(/^60 of 60 observations added to 2 rings of /);
    const learned = await decisionFor(work);
    expect(learned).toMatchObject({
      basis: 'history',
      level: 'command/node/nightly-report.js',
      samples: 40,
      censored: 1,
    });
    expect(learned.deadlineMs).toBeLessThan(PRIOR_MS);
    expect(await history('import', '--file', example)).toMatch(/^0 of 60 /);

    const out = await history('export');
    for (const line of readFileSync(example, 'utf8').split('\n').slice(1, 3)) {
      const { at: _time, ...fields } = JSON.parse(line);
      expect(
        out
          .split('\n')
          .slice(1, -1)
          .map((text) => JSON.parse(text)),
      ).toContainEqual(expect.objectContaining(fields));
    }
    expect(await history('reset', 'command/node/nightly-report.js')).toContain('deleted: 1 ring');
    await waitUntil(async () => (await decisionFor(work)).basis === 'prior', {
      what: 'the API to read the history again',
    });
  });
});
