import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job, StepInfo } from '@leeway/contract';
import { aliveWithMarker, startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const POLICY = {
  workflows: { minStepMs: 500 },
  supervision: { graceMs: 500 },
  estimator: { minSamples: 5 },
  modes: { hasty: { totalMs: 2_500 } },
};

let stack: Stack;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-workflow-'));
  stack = await startStack({ workers: 2, policy: POLICY });
});
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Each under a label of its own: no test learns from the runs of another one. */
const step = (name: string, argv: string[], more: object = {}) => ({
  ...{ name, kind: 'command', input: { argv }, label: name },
  ...more,
});
const shell = (name: string, script: string, more: object = {}) => step(name, ['sh', '-c', script], more);
const submit = (steps: object[], more: object = {}) => stack.submit({ kind: 'workflow', input: { steps }, ...more });
const stepOf = ({ steps }: Job, name: string) => steps?.find((each) => each.name === name) as StepInfo;
const states = ({ steps }: Job) => Object.fromEntries((steps ?? []).map(({ name, state }) => [name, state]));
const resultOf = ({ result }: Job) => (result as { steps: Record<string, { stdout: string }> }).steps;
const processesOf = (job: string | null) => aliveWithMarker(`LEEWAY_JOB=${job}`);
/** Notes that it began, and runs until the test releases it. */
const held = (name: string, more: object = {}) =>
  shell(
    name,
    `echo x >> ${join(folder, name)}.began; until [ -e ${join(folder, name)}.go ]; do sleep 0.05; done`,
    more,
  );
const release = (name: string) => writeFileSync(join(folder, `${name}.go`), '');
const timesBegun = (name: string) => readFileSync(join(folder, `${name}.began`), 'utf8').split('x').length - 1;

describe.concurrent('a workflow', () => {
  it('runs steps side by side, and gives their results to the steps that need them (F99)', async () => {
    const { id } = await submit([
      shell('list', 'printf "one\\ntwo\\n"'),
      held('left', { needs: ['list'] }),
      held('right', { needs: ['list'] }),
      {
        ...step('count', ['wc', '-l'], { needs: ['list', 'left', 'right'] }),
        input: { argv: ['wc', '-l'], stdin: '{{steps.list}}' },
      },
    ]);
    await stack.waitJob(
      id,
      (job) => stepOf(job, 'left').state === 'running' && stepOf(job, 'right').state === 'running',
    );
    release('left');
    await stack.waitJob(id, (job) => stepOf(job, 'left').state === 'succeeded');
    expect(states(await stack.job(id))).toMatchObject({ right: 'running', count: 'waiting' });
    release('right');
    const ended = await stack.waitFinal(id);
    expect(ended).toMatchObject({ kind: 'workflow', state: 'succeeded', attempts: [] });
    expect(resultOf(ended)['count']?.stdout.trim()).toBe('2');
    expect(await stack.job(stepOf(ended, 'count').job as string)).toMatchObject({ workflow: { id, step: 'count' } });
  });

  it('lets a step take twice its share of the time, and gives later steps less, within the total (F102)', async () => {
    const totalMs = 12_000;
    const { id } = await submit(
      [
        shell('slow', 'sleep 6'),
        shell('next', 'true', { needs: ['slow'] }),
        shell('last', 'true', { needs: ['next'] }),
      ],
      { limits: { overallMs: totalMs } },
    );
    const ended = await stack.waitFinal(id);
    expect(ended.state).toBe('succeeded');
    const [slow, next] = [stepOf(ended, 'slow'), stepOf(ended, 'next')];
    expect(slow.usedMs).toBeGreaterThan(slow.share * totalMs);
    expect(slow.allocationMs).toBeGreaterThan(slow.share * totalMs);
    expect(next.allocationMs).toBeLessThan(next.share * totalMs);
    expect(ended.budget?.spentMs).toBeLessThan(totalMs);
    const { attempts } = await stack.job(slow.job as string);
    expect(attempts[0]?.decision?.caps.find(({ name }) => name === 'share')?.bit).toBe(true);
  });

  it('ends when its time budget is used up, and keeps what is done and what is half done (F104, SCENARIOS F1)', async () => {
    const { id } = await submit(
      [
        shell('done', 'echo whole'),
        shell('half', 'echo half; sleep 60', { needs: ['done'] }),
        shell('never', 'true', { needs: ['half'] }),
      ],
      { limits: { overallMs: 5_000 } },
    );
    const ended = await stack.waitFinal(id);
    expect(ended).toMatchObject({ state: 'failed', cause: 'budget_exhausted' });
    expect(ended.error?.message).toMatch(/^Step "half": Ended with the time budget/);
    expect(states(ended)).toEqual({ done: 'succeeded', half: 'failed', never: 'skipped' });
    expect(resultOf(ended)).toMatchObject({ done: { stdout: 'whole\n' }, half: { stdout: 'half\n' } });
    await waitUntil(() => processesOf(stepOf(ended, 'half').job).length === 0, { what: 'its command to be gone' });
  });

  it('starts no step that usually needs more than is left (SCENARIOS F3)', async () => {
    const label = 'known';
    const runs = await Promise.all(Array.from({ length: 5 }, () => stack.run(['sleep', '3'], { label })));
    for (const run of runs) await stack.waitFinal(run.id);
    const { id } = await submit(
      [
        shell('first', 'sleep 3', { weight: 3 }),
        step('second', ['sleep', '3'], { needs: ['first'], label, weight: 1 }),
      ],
      { limits: { overallMs: 5_000 } },
    );
    const ended = await stack.waitFinal(id);
    expect(ended).toMatchObject({ state: 'failed', cause: 'budget_exhausted' });
    expect(ended.error?.message).toContain('Step "second": It did not start');
    expect(stepOf(ended, 'second')).toMatchObject({ state: 'failed', usedMs: 0 });
  });

  it('fails with a step that fails, and ends what runs beside it with its processes (A12)', async () => {
    const { id } = await submit([
      shell('long', 'sleep 300 & sleep 300'),
      shell('bad', `until [ -e ${join(folder, 'bad')}.go ]; do sleep 0.05; done; echo no >&2; exit 3`, { attempts: 1 }),
      shell('after', 'true', { needs: ['bad'] }),
    ]);
    const running = await stack.waitJob(id, (job) => stepOf(job, 'long').state === 'running');
    const long = stepOf(running, 'long').job;
    await waitUntil(() => processesOf(long).length >= 2, { what: 'its processes' });
    release('bad');
    const ended = await stack.waitFinal(id);
    expect(ended).toMatchObject({ state: 'failed', cause: 'error', error: { code: 'exit_nonzero' } });
    expect(states(ended)).toEqual({ long: 'cancelled', bad: 'failed', after: 'skipped' });
    await waitUntil(() => processesOf(long).length === 0, { what: 'its processes to be gone' });
  });

  it('is cancelled together with its running steps and their processes', async () => {
    const { id } = await submit([
      shell('one', 'sleep 300 & sleep 300'),
      shell('two', 'sleep 300 & sleep 300'),
      shell('later', 'true', { needs: ['one'] }),
    ]);
    const running = await stack.waitJob(id, (job) =>
      ['one', 'two'].every((name) => stepOf(job, name).state === 'running'),
    );
    const jobs = ['one', 'two'].map((name) => stepOf(running, name).job);
    await waitUntil(() => jobs.every((job) => processesOf(job).length >= 2), { what: 'their processes' });
    const { body } = await stack.request('POST', `/v1/jobs/${id}/cancel`);
    expect(body).toMatchObject({ done: 'cancelled', job: { state: 'cancelled' } });
    expect(states(body.job as Job)).toEqual({ one: 'cancelled', two: 'cancelled', later: 'skipped' });
    await waitUntil(() => jobs.every((job) => processesOf(job).length === 0), { what: 'their processes to be gone' });
  });

  it('is paused and resumed with its steps', async () => {
    const { id } = await submit([held('paused'), shell('then', 'true', { needs: ['paused'] })]);
    await stack.waitJob(id, (job) => stepOf(job, 'paused').state === 'running');
    expect((await stack.request('POST', `/v1/jobs/${id}/pause`)).body).toMatchObject({ done: 'paused' });
    const paused = await stack.waitJob(id, (job) => stepOf(job, 'paused').state === 'paused');
    expect(paused.state).toBe('paused');
    release('paused');
    expect((await stack.request('POST', `/v1/jobs/${id}/resume`)).body).toMatchObject({ done: 'resumed' });
    expect(await stack.waitFinal(id)).toMatchObject({ state: 'succeeded' });
  });
});

describe('a workflow whose worker is killed in the middle', () => {
  it('runs to its end, and no step that was done is done again (F94)', async () => {
    const { id } = await submit([
      held('before'),
      held('during', { needs: ['before'] }),
      held('beside', { needs: ['before'] }),
      shell('after', 'true', { needs: ['during', 'beside'] }),
    ]);
    release('before');
    const running = await stack.waitJob(id, (job) =>
      ['during', 'beside'].every((name) => stepOf(job, name).state === 'running'),
    );
    const { attempts } = await stack.job(stepOf(running, 'during').job as string);
    const worker = stack.workers.find(({ pid }) => attempts[0]?.worker.includes(`-${pid}-`));
    await worker?.kill9();
    await stack.waitJob(stepOf(running, 'during').job as string, (job) => job.attempts.length === 2);
    release('during');
    release('beside');
    const ended = await stack.waitFinal(id);
    expect(ended.state).toBe('succeeded');
    expect(states(ended)).toEqual({
      before: 'succeeded',
      during: 'succeeded',
      beside: 'succeeded',
      after: 'succeeded',
    });
    expect(timesBegun('before')).toBe(1);
    expect((await stack.job(stepOf(ended, 'after').job as string)).attempts).toHaveLength(1);
    await stack.addWorker();
  });
});

describe.concurrent('a mode (F31)', () => {
  it('bounds the time of a plain job, and is among the caps of its decision', async () => {
    const { id } = await stack.run(['sh', '-c', 'echo some; sleep 60'], { mode: 'hasty' });
    const ended = await stack.waitFinal(id);
    expect(ended).toMatchObject({ state: 'failed', cause: 'budget_exhausted', result: { stdout: 'some\n' } });
    expect(ended.decision?.caps.find(({ name }) => name === 'mode')).toEqual({
      name: 'mode',
      limitMs: 2_500,
      bit: true,
    });
    expect(ended.attempts).toHaveLength(1);
  });

  it('sets the budget of a workflow', async () => {
    const { budget, decision } = await submit([shell('a', 'true')], { mode: 'deep3' });
    expect(budget).toMatchObject({ mode: 'deep3', totalMs: 120_000 });
    expect(decision?.sentence).toContain('the time of the mode');
  });
});
