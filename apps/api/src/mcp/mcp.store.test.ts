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
    policy: { api: { toolWaitMs: 5_000, keepAliveMs: 1_000 } },
    bounds: { toolTextBytes: 1_024, confirmMs: 300 },
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
const newest = async (label: string) =>
  waitUntil(async () => (await api.get(`/v1/jobs?label=${label}`)).json.jobs[0], { what: `a job ${label}` });

describe('the MCP server (F22, F162)', () => {
  test('lists tools with descriptions and schemas, and sends instructions', async () => {
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
    expect(JSON.stringify(tools), 'patterns that only cost a model tokens').not.toContain('02-29');
    const submit = tools.find(({ name }) => name === 'submit_job');
    expect(submit?.inputSchema.required).toEqual(['kind', 'input']);
    expect(submit?.inputSchema.properties).toHaveProperty('idempotencyKey');
  });

  test('estimates without submitting anything', async () => {
    const { json, text } = await agent.tool('estimate', hello);
    expect(text).toEqual(json);
    expect(json).toEqual({ ...(await api.post('/v1/estimates', hello)).json, expected: json.expected });
    expect((await api.get('/v1/jobs')).json.jobs).toEqual([]);
  });
});

describe('run_command (F162)', () => {
  const command = { argv: ['node', '-e', '1'] };

  test('replies with the result of a command that ends in time, and reports progress meanwhile', async () => {
    const progress: Progress[] = [];
    const running = agent.tool('run_command', { ...command, label: 'quick' }, (each) => progress.push(each));
    const job = await newest('quick');
    expect(job).toMatchObject({ kind: 'command', input: command });
    await waitUntil(() => progress.length > 0, { what: 'the first progress' });
    const attempt = await worker.claim(job);
    await worker.report(attempt, { type: 'progress', value: { percent: 40 } });
    await worker.settle(attempt, { state: 'succeeded', result: { exitCode: 0, stdout: 'hi', stderr: '' } });
    const { json, text, isError } = await running;
    expect(isError).toBe(false);
    expect(json).toMatchObject({ id: job.id, state: 'succeeded', finished: true, result: { stdout: 'hi' } });
    expect(text).toEqual(json);
    expect(progress.map(({ message }) => message).join('\n')).toMatch(/queued[\s\S]*started[\s\S]*progress[\s\S]*40/);
    const figures = progress.map((each) => each.progress);
    expect(figures).toEqual([...new Set(figures)].sort((a, b) => a - b));
  });

  test('replies with the id of a command that takes longer, whose result job_result waits for', async () => {
    const messages: (string | undefined)[] = [];
    const args = { ...command, label: 'slow', waitMs: 1_500 };
    const first = await agent.tool('run_command', args, ({ message }) => messages.push(message));
    expect(first.json).toMatchObject({ state: 'queued', finished: false, result: null });
    expect(first.json.next).toContain(`job_result with id "${first.json.id}"`);
    expect(messages).toContain('still waiting');
    const { id } = first.json;
    const attempt = await worker.claim(await jobOf(id));
    expect((await agent.tool('job_status', { id })).json).toMatchObject({ state: 'running', attempt: 1, late: false });
    const waiting = agent.tool('job_result', { id });
    await worker.settle(attempt, { state: 'succeeded', result: { exitCode: 0 } });
    expect((await waiting).json).toMatchObject({ id, state: 'succeeded', finished: true, result: { exitCode: 0 } });
    expect((await agent.tool('job_result', { id }, () => {})).json).toMatchObject({ id, finished: true });
  });

  test('waits no longer than the policy allows, whatever waitMs is given', async () => {
    const hasty = await startApi({ redis: api.redis, policy: { api: { toolWaitMs: 300 } } });
    const other = await connectMcp(hasty.url);
    const began = performance.now();
    const { json } = await other.tool('run_command', { ...command, waitMs: 600_000 });
    expect(json.finished).toBe(false);
    expect(performance.now() - began).toBeLessThan(20_000);
    await other.close();
    await hasty.stop();
  });

  test('submits one job for one idempotencyKey', async () => {
    const args = { ...command, idempotencyKey: 'once', waitMs: 0 };
    const [first, second] = [await agent.tool('run_command', args), await agent.tool('run_command', args)];
    expect(second.json.id).toBe(first.json.id);
  });

  test('shortens a result that is too long for a model, and reports that', async () => {
    const running = agent.tool('run_command', { ...command, label: 'long' });
    const attempt = await worker.claim(await newest('long'));
    const stdout = `first ${'x'.repeat(50_000)} last`;
    await worker.settle(attempt, { state: 'succeeded', result: { exitCode: 0, stdout, stderr: 'few' } });
    const { json } = await running;
    expect(json).toMatchObject({ shortened: true, result: { exitCode: 0, stderr: 'few' } });
    expect(json.result.stdout).toMatch(/^first x+\n\[\.\.\. \d+ bytes left out \.\.\.\]\nx+ last$/);
    expect(json.result.stdout.length).toBeLessThan(1_200);
  });

  test('leaves the job alone and releases its place when the client disconnects', async () => {
    const leaving = await connectMcp(api.url);
    const running = leaving.tool('run_command', { ...command, label: 'left' }, () => {}).catch(() => 'disconnected');
    const { id } = await newest('left');
    await api.waitForGauge(1);
    await leaving.close();
    expect(await running).toBe('disconnected');
    await api.waitForGauge(0);
    expect((await jobOf(id)).state).toBe('queued');
  });
});

describe('the other tools (F162)', () => {
  test('submit a job, show it, read its output and cancel it', async () => {
    const { json: submitted } = await agent.tool('submit_job', { ...hello, label: 'all' });
    expect(submitted).toMatchObject({ state: 'queued', label: 'all', finished: false });
    const { id } = submitted;
    const attempt = await worker.claim(await jobOf(id));
    await worker.report(attempt, { type: 'output', stream: 'stdout', text: 'o'.repeat(3_000) });
    const output = (await agent.tool('job_output', { id })).json;
    expect(output.chunks[0].text).toHaveLength(1_024);
    expect((await agent.tool('job_output', { id, tail: 3 })).json.chunks[0].text).toBe('ooo');
    const cancelling = agent.tool('cancel_job', { id, reason: 'enough' });
    await api.waitForGauge(1);
    await worker.settle(attempt, { state: 'cancelled' });
    expect((await cancelling).json).toMatchObject({ id, done: 'cancelled' });
    expect((await agent.tool('cancel_job', { id })).json).toMatchObject({ done: 'already', state: 'cancelled' });
  });
});

describe('a refused tool call replies with a problem that a model can read (F162):', () => {
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

  test('but a tool that does not exist is an error of the protocol', async () => {
    await expect(agent.client.callTool({ name: 'rm', arguments: {} })).rejects.toThrow('run_command');
  });
});
