import type { Job } from '@leeway/contract';
import { aliveWithMarker, startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const QUICK = ['node', '-e', 'setTimeout(()=>{}, 200)'];
/** Starts a grandchild; neither of the two ever ends. */
const HANGS = [
  'node',
  '-e',
  "require('child_process').spawn('sleep', ['86399']); setInterval(() => {}, 1000); console.log('started')",
];

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ workers: 2 });
});
afterAll(() => stack.stop());

describe('from the first job to a learned deadline', () => {
  let sixty: Job[];

  it('runs a job of an unknown class under the long default, and shows that it has no history (F4, F10)', async () => {
    const job = await stack.run(QUICK);
    expect(job).toMatchObject({
      state: 'queued',
      class: 'command/node/-e',
      decision: { deadlineMs: 600_000, basis: 'prior', confidence: 0 },
    });
    expect(await stack.waitFinal(job.id)).toMatchObject({
      state: 'succeeded',
      cause: null,
      result: { exitCode: 0, stdout: '', truncated: false },
    });
  });

  it('gives a class of sixty quick jobs a deadline below five seconds (F40, F46, F50)', async () => {
    sixty = await Promise.all(Array.from({ length: 60 }, () => stack.run(QUICK)));
    const ended = await Promise.all(sixty.map(({ id }) => stack.waitFinal(id, 60_000)));
    expect(new Set(ended.map(({ state }) => state))).toEqual(new Set(['succeeded']));
    const { body } = await stack.request('POST', '/v1/estimates', { kind: 'command', input: { argv: QUICK } });
    const decision = body.decision ?? body;
    expect(decision).toMatchObject({ basis: 'history', level: 'command/node/-e' });
    // A machine that takes two seconds to start a process makes it more than five seconds.
    const slowestMs = Math.max(...ended.map(({ attempts }) => attempts[0]?.durationMs ?? 0));
    expect(decision.deadlineMs).toBeLessThan(Math.max(5_000, 4 * slowestMs));
    expect(decision.samples).toBeGreaterThanOrEqual(60);
    expect(decision.sentence).toContain('command/node/-e');
  });

  it('records each run as an attempt with the decision that it ran under (F7, F38, F39)', async () => {
    const last = await stack.job(sixty.at(-1)?.id ?? '');
    expect(last.attempts).toHaveLength(1);
    expect(last.attempts[0]).toMatchObject({
      number: 1,
      outcome: 'succeeded',
      decision: { sentence: expect.any(String) },
    });
    const { body } = await stack.request('GET', `/v1/classes/${encodeURIComponent('command/node/-e')}`);
    expect(body).toMatchObject({ succeeded: 61, killed: 0, falseKills: 0 });
  });
});

describe.concurrent('once a short deadline has been learned', () => {
  it('a job of that class that hangs is ended with its grandchild, with the cause deadline (F76, F82, F89, F91)', async () => {
    const job = await stack.run(HANGS);
    await stack.waitJob(job.id, ({ attempts }) => attempts.length > 0);
    const ended = await stack.waitFinal(job.id, 60_000);
    expect(ended).toMatchObject({
      state: 'failed',
      cause: 'deadline',
      error: { code: 'deadline', setBy: expect.any(String), limitMs: expect.any(Number) },
    });
    expect(ended.attempts).toHaveLength(2);
    for (const attempt of ended.attempts)
      expect(attempt).toMatchObject({ outcome: 'stopped', cause: 'deadline', partial: true });
    const [first, second] = ended.attempts;
    expect(second?.decision?.deadlineMs).toBeGreaterThanOrEqual(2 * (first?.decision?.deadlineMs ?? Infinity));
    expect(ended.result).toMatchObject({ stdout: 'started\n' });
    await waitUntil(() => aliveWithMarker(`LEEWAY_JOB=${job.id}`).length === 0, {
      what: 'every process of the job to be gone',
      timeoutMs: 5_000,
    });
  });

  it('the first slow job of another class is not ended by it (F19)', async () => {
    const slow = await stack.run(['sleep', '6']);
    expect((await stack.waitFinal(slow.id)).state).toBe('succeeded');
  });

  it('an explicit limit wins, and the decision names it (F1, F2)', async () => {
    const job = await stack.run(['sleep', '30'], { timeoutMs: 400, attempts: 1 });
    const ended = await stack.waitFinal(job.id);
    expect(ended).toMatchObject({
      state: 'failed',
      cause: 'deadline',
      decision: { basis: 'explicit', deadlineMs: 400, override: expect.stringContaining('timeoutMs') },
    });
  });
});

describe('a running stack', () => {
  it('shows health, versions, the activity of its workers and the newest output of a job (F164)', async () => {
    const get = async (path: string) => (await stack.request('GET', path)).body;
    expect(await get('/healthz')).toEqual({ status: 'ok' });
    expect(await get('/readyz')).toEqual({ status: 'ready', store: 'up' });
    expect(await get('/version')).toMatchObject({ name: 'leeway', version: expect.any(String), policyRefused: false });
    const job = await stack.run(['sh', '-c', 'echo first; echo last; exec sleep 60'], { label: 'shown' });
    const tail = async () => (await get(`/v1/jobs/${job.id}/output?tail=5`)).chunks.at(-1)?.text;
    await waitUntil(async () => (await tail()) === 'last\n', { what: 'the newest output' });
    const { workers } = await get('/v1/workers');
    expect(workers).toHaveLength(2);
    expect(workers.map((worker: { state: string }) => worker.state)).toEqual(['active', 'active']);
    await waitUntil(
      async () => (await get('/v1/workers')).workers.some((worker: { running: number }) => worker.running > 0),
      { what: 'a worker to show that it runs the job' },
    );
    await stack.request('POST', `/v1/jobs/${job.id}/cancel`, {});
  });
});

describe.concurrent('a command', () => {
  it('fails with its exit code, and its output is kept (F83)', async () => {
    const job = await stack.run(['node', '-e', "console.log('out'); console.error('why'); process.exit(3)"], {
      attempts: 1,
    });
    expect(await stack.waitFinal(job.id)).toMatchObject({
      state: 'failed',
      cause: 'error',
      result: { exitCode: 3, stdout: 'out\n', stderr: 'why\n' },
      error: { code: 'exit_nonzero' },
    });
  });

  it('gets no secret of its worker, and runs without a shell (F190)', async () => {
    const job = await stack.run([
      'node',
      '-e',
      'console.log(JSON.stringify([Object.keys(process.env).sort(), process.argv.slice(1)]))',
      '$(id)',
      '; echo x',
    ]);
    const ended = await stack.waitFinal(job.id);
    const [names, args] = JSON.parse((ended.result as { stdout: string }).stdout) as [string[], string[]];
    expect(names).not.toContain('REDIS_URL');
    expect(args).toEqual(['$(id)', '; echo x']);
  });

  it('is left alone while it is silent and healthy (F95)', async () => {
    const job = await stack.run(['sleep', '4'], { label: 'silent' });
    const running = await stack.waitJob(job.id, ({ state }) => state === 'running');
    expect(running.decision?.idleMs).toBeNull();
    expect((await stack.waitFinal(job.id)).attempts).toHaveLength(1);
  });

  it('is ended with everything it has started when it is cancelled (F86, F87)', async () => {
    const job = await stack.run(HANGS, { label: 'to-cancel' });
    await stack.waitJob(job.id, ({ state }) => state === 'running');
    await waitUntil(() => aliveWithMarker(`LEEWAY_JOB=${job.id}`).length >= 2, {
      what: 'the command and its grandchild',
    });
    const { body } = await stack.request('POST', `/v1/jobs/${job.id}/cancel`, {});
    expect(body.job).toMatchObject({ state: 'cancelled', cause: 'cancelled' });
    await waitUntil(() => aliveWithMarker(`LEEWAY_JOB=${job.id}`).length === 0, { what: 'its processes to be gone' });
    expect((await stack.request('POST', `/v1/jobs/${job.id}/cancel`, {})).body.done).toBe('already');
  });
});
