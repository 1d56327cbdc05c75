import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnNode, startStack, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const WORKER = fileURLToPath(new URL('../apps/worker/dist/main.js', import.meta.url));
let folder: string;
let stack: Stack;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-user-handlers-'));
  const path = moduleFile(
    'good.mjs',
    `
    import { setTimeout as sleep } from 'node:timers/promises';

    // Counts to ten over all its attempts; the first one stops counting at three.
    async function count(input, { signal, attempt, checkpoint, lastCheckpoint = 0, progress }) {
      for (let at = lastCheckpoint + 1; at <= 10; at += 1) {
        checkpoint(at);
        progress(at);
        if (attempt === 1 && at === 3) await sleep(60_000, undefined, { signal });
      }
      return { from: lastCheckpoint, attempt };
    }

    // Returns what it has when it is aborted.
    async function obedient(input, { signal }) {
      await sleep(60_000, undefined, { signal }).catch(() => {});
      return { kept: 'what there was', because: signal.reason.cause };
    }

    // Needs three attempts; each adds to the checkpoint of the one before.
    async function resumes({ fails }, { signal, attempt, checkpoint, lastCheckpoint = [] }) {
      const words = [...lastCheckpoint, 'attempt ' + attempt];
      checkpoint(words);
      if (attempt === 3) return words;
      if (fails) throw new Error('not yet');
      await sleep(60_000, undefined, { signal });
    }

    export const handlers = { count, obedient, resumes };
    `,
  );
  stack = await startStack({ workers: 1, env: { LEEWAY_HANDLERS: path }, policy: { limits: { backoffMs: 50 } } });
});
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

function moduleFile(name: string, source: string): string {
  const path = join(folder, name);
  writeFileSync(path, source);
  return path;
}

describe.concurrent('a handler of the user', () => {
  it('leaves a partial result when it is stopped (F89)', async () => {
    const job = await stack.submit({ kind: 'obedient', input: {}, timeoutMs: 300, attempts: 1 });
    expect(await stack.waitFinal(job.id)).toMatchObject({
      state: 'failed',
      cause: 'deadline',
      result: { kept: 'what there was', because: 'deadline' },
      attempts: [{ partial: true }],
    });
  });

  it.each([
    ['failed', { input: { fails: true } }],
    ['was ended by the idle limit', { input: {}, limits: { idleMs: 300 } }],
  ])('gets the last checkpoint of the attempt before it, which %s', async (_, more) => {
    const job = await stack.submit({ kind: 'resumes', attempts: 3, ...more });
    expect(await stack.waitFinal(job.id)).toMatchObject({
      state: 'succeeded',
      result: ['attempt 1', 'attempt 2', 'attempt 3'],
    });
  });
});

describe('a handler of the user whose worker is killed', () => {
  it('runs from its last checkpoint on another worker (F94)', async () => {
    const job = await stack.submit({ kind: 'count', input: {} });
    await stack.waitJob(job.id, ({ progress }) => (progress as { value?: number } | null)?.value === 3);
    const [first] = stack.workers;
    await Promise.all([stack.addWorker(), first?.kill9()]);
    const ended = await stack.waitFinal(job.id);
    expect(ended).toMatchObject({ state: 'succeeded', result: { from: 3, attempt: 2 }, losses: 1 });
  });
});

describe('a module of handlers that is not valid', () => {
  it('keeps the worker from starting, and its log names file and handler (F16)', async () => {
    const path = moduleFile('bad.mjs', 'export const handlers = { chat: 5 };');
    const worker = spawnNode([WORKER], {
      name: 'worker',
      env: { LEEWAY_HANDLERS: path, REDIS_URL: `unix://${folder}/none.sock` },
    });
    expect(await worker.waitForLine('handlers["chat"]: this name is reserved for Leeway')).toBeTruthy();
    expect(worker.lines.join('\n')).toContain(`LEEWAY_HANDLERS: ${path}:`);
    expect((await worker.ended).code).toBe(1);
  });
});
