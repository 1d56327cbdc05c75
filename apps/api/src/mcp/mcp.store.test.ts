import type { Progress } from '@modelcontextprotocol/sdk/types.js';
import { waitUntil } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actingWorker, type ActingWorker } from '../../testing/acting-worker.js';
import { connectMcp, type McpClient } from '../../testing/mcp-client.js';
import { hello, startApi, type RunningApi } from '../../testing/running-api.js';

let api: RunningApi;
let worker: ActingWorker;
let agent: McpClient;
beforeAll(async () => {
  api = await startApi({
    policy: { api: { toolWaitMs: 5_000, toolTextBytes: 1_024, confirmMs: 300, keepAliveMs: 1_000 } },
  });
  worker = actingWorker(api);
  agent = await connectMcp(api.url);
});
afterAll(async () => {
  await agent.close();
  await worker.stop();
  await api.stop();
});

const jobOf = async (id: string) => (await api.get(`/v1/jobs/${id}`)).json;
const openRequests = async () => Number(/leeway_open_requests\{.*\} (\d+)/.exec((await api.get('/metrics')).text)?.[1]);
const newest = async (label: string) =>
  waitUntil(async () => (await api.get(`/v1/jobs?label=${label}`)).json.jobs[0], { what: `a job ${label}` });

describe('what an agent finds (F22, F162)', () => {
  test('tools with descriptions, schemas and instructions', async () => {
    expect(agent.client.getServerVersion()).toMatchObject({ name: 'leeway' });
    expect(agent.client.getInstructions()).toContain('job_result');
    const { tools } = await agent.client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      ...['run_command', 'submit_job', 'job_result', 'job_status', 'job_output', 'cancel_job', 'estimate'],
    ]);
    for (const { name, description = '', inputSchema, outputSchema } of tools) {
      expect(description.length, name).toBeGreaterThan(100);
      expect(inputSchema, name).toMatchObject({ type: 'object', additionalProperties: false });
      expect(outputSchema, name).toMatchObject({ type: 'object' });
    }
    const run = tools.find(({ name }) => name === 'run_command');
    expect(run?.description).toContain('at most 5 s');
    expect(run?.inputSchema.required).toEqual(['argv']);
    expect(Object.keys(run?.inputSchema.properties ?? {})).toEqual(
      expect.arrayContaining([
        'argv',
        'cwd',
        'env',
        'stdin',
        'label',
        'timeoutMs',
        'limits',
        'idempotencyKey',
        'waitMs',
      ]),
    );
    expect(JSON.stringify(tools), 'what a model need not pay for').not.toContain('02-29');
    const submit = tools.find(({ name }) => name === 'submit_job');
    expect(submit?.inputSchema.required).toEqual(['kind', 'input']);
    expect(submit?.inputSchema.properties).toHaveProperty('idempotencyKey');
  });

  test('a guess before it submits anything', async () => {
    const { json, text } = await agent.tool('estimate', hello);
    expect(text).toEqual(json);
    expect(json).toEqual({ ...(await api.post('/v1/estimates', hello)).json, expected: json.expected });
    expect((await api.get('/v1/jobs')).json.jobs).toEqual([]);
  });
});

describe('run_command (F162)', () => {
  const command = { argv: ['node', '-e', '1'] };

  test('gives the result of a command that ends in time, and says how it goes meanwhile', async () => {
    const told: Progress[] = [];
    const running = agent.tool('run_command', { ...command, label: 'quick' }, (progress) => told.push(progress));
    const job = await newest('quick');
    expect(job).toMatchObject({ kind: 'command', input: command });
    await waitUntil(() => told.length > 0, { what: 'the first word' });
    const attempt = await worker.take(job);
    await worker.say(attempt, { type: 'progress', value: { percent: 40 } });
    await worker.end(attempt, { state: 'succeeded', result: { exitCode: 0, stdout: 'hi', stderr: '' } });
    const { json, text, isError } = await running;
    expect(isError).toBe(false);
    expect(json).toMatchObject({ id: job.id, state: 'succeeded', finished: true, result: { stdout: 'hi' } });
    expect(text).toEqual(json);
    expect(told.map(({ message }) => message).join('\n')).toMatch(/queued[\s\S]*started[\s\S]*progress[\s\S]*40/);
    const figures = told.map(({ progress }) => progress);
    expect(figures).toEqual([...new Set(figures)].sort((a, b) => a - b));
  });

  test('gives the id of one that takes longer, and job_result the rest', async () => {
    const told: (string | undefined)[] = [];
    const args = { ...command, label: 'slow', waitMs: 1_500 };
    const first = await agent.tool('run_command', args, ({ message }) => told.push(message));
    expect(first.json).toMatchObject({ state: 'queued', finished: false, result: null });
    expect(first.json.next).toContain(`job_result with id "${first.json.id}"`);
    expect(told).toContain('still waiting');
    const { id } = first.json;
    const attempt = await worker.take(await jobOf(id));
    expect((await agent.tool('job_status', { id })).json).toMatchObject({ state: 'running', attempt: 1, late: false });
    const waiting = agent.tool('job_result', { id });
    await worker.end(attempt, { state: 'succeeded', result: { exitCode: 0 } });
    expect((await waiting).json).toMatchObject({ id, state: 'succeeded', finished: true, result: { exitCode: 0 } });
    expect((await agent.tool('job_result', { id }, () => {})).json).toMatchObject({ id, finished: true });
  });

  test('waits no longer than the policy allows, whatever is asked for', async () => {
    const began = performance.now();
    const { json } = await agent.tool('run_command', { ...command, waitMs: 600_000 });
    expect(json.finished).toBe(false);
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  test('submits once under one key', async () => {
    const args = { ...command, idempotencyKey: 'once', waitMs: 0 };
    const [first, second] = [await agent.tool('run_command', args), await agent.tool('run_command', args)];
    expect(second.json.id).toBe(first.json.id);
  });

  test('shortens what is too long for a model, and says so', async () => {
    const running = agent.tool('run_command', { ...command, label: 'long' });
    const attempt = await worker.take(await newest('long'));
    const stdout = `first ${'x'.repeat(50_000)} last`;
    await worker.end(attempt, { state: 'succeeded', result: { exitCode: 0, stdout, stderr: 'few' } });
    const { json } = await running;
    expect(json).toMatchObject({ shortened: true, result: { exitCode: 0, stderr: 'few' } });
    expect(json.result.stdout).toMatch(/^first x+\n\[\.\.\. \d+ bytes left out \.\.\.\]\nx+ last$/);
    expect(json.result.stdout.length).toBeLessThan(1_200);
  });

  test('a client that goes away takes no job with it, and frees its place', async () => {
    const leaving = await connectMcp(api.url);
    const running = leaving.tool('run_command', { ...command, label: 'left' }, () => {}).catch(() => 'gone');
    const { id } = await newest('left');
    await waitUntil(async () => (await openRequests()) === 1, { what: 'the wait to begin' });
    await leaving.close();
    expect(await running).toBe('gone');
    await waitUntil(async () => (await openRequests()) === 0, { what: 'its place to be free' });
    expect((await jobOf(id)).state).toBe('queued');
  });
});

describe('the other tools (F162)', () => {
  test('submit, look, read the output, cancel', async () => {
    const { json: submitted } = await agent.tool('submit_job', { ...hello, label: 'all' });
    expect(submitted).toMatchObject({ state: 'queued', label: 'all', finished: false });
    const { id } = submitted;
    const attempt = await worker.take(await jobOf(id));
    await worker.say(attempt, { type: 'output', stream: 'stdout', text: 'o'.repeat(3_000) });
    const output = (await agent.tool('job_output', { id })).json;
    expect(output.chunks[0].text).toHaveLength(1_024);
    expect((await agent.tool('job_output', { id, tail: 3 })).json.chunks[0].text).toBe('ooo');
    const cancelling = agent.tool('cancel_job', { id, reason: 'enough' });
    await waitUntil(async () => (await openRequests()) === 1, { what: 'the cancel to be asked for' });
    await worker.end(attempt, { state: 'cancelled' });
    expect((await cancelling).json).toMatchObject({ id, done: 'cancelled' });
    expect((await agent.tool('cancel_job', { id })).json).toMatchObject({ done: 'already', state: 'cancelled' });
  });
});

describe('refusals are answers that a model can read (F162)', () => {
  test.each([
    { tool: 'run_command', args: { argv: [] }, code: 'invalid_request', path: '/argv' },
    { tool: 'run_command', args: { argv: ['x'], timeout: 5 }, code: 'invalid_request', path: '/timeout' },
    { tool: 'run_command', args: { argv: ['x'], waitMs: -1 }, code: 'invalid_request', path: '/waitMs' },
    { tool: 'run_command', args: { argv: ['x'], kind: 'chat' }, code: 'invalid_request', path: '/kind' },
    { tool: 'submit_job', args: { kind: 'nothing', input: {} }, code: 'unknown_kind', path: '/kind' },
    { tool: 'job_status', args: {}, code: 'invalid_request', path: '/id' },
    { tool: 'job_status', args: { id: 'j00000000000000000000000000' }, code: 'job_not_found' },
    { tool: 'job_result', args: { id: 'x', wait: 1 }, code: 'invalid_request', path: '/wait' },
  ])('$tool with $args: $code', async ({ tool, args, code, path }) => {
    const { isError, text } = await agent.tool(tool, args);
    expect(isError).toBe(true);
    expect(text).toMatchObject({ code, detail: expect.any(String), advice: expect.any(String) });
    if (path !== undefined) expect(text.errors.map((error: { path: string }) => error.path)).toContain(path);
  });

  test('a tool that does not exist is an error of the protocol', async () => {
    await expect(agent.client.callTool({ name: 'rm', arguments: {} })).rejects.toThrow('run_command');
  });
});
