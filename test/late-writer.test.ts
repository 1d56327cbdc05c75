import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let folder: string;
let stack: Stack;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-late-writer-'));
  const handlers = join(folder, 'handlers.mjs');
  writeFileSync(
    handlers,
    `
    import { existsSync, writeFileSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';

    // Writes until its file is there, also when it is aborted; then it returns and leaves another file.
    async function writes({ folder }, { attempt, progress, output, checkpoint }) {
      while (!existsSync(folder + '/release-' + attempt)) {
        progress('attempt ' + attempt);
        checkpoint('attempt ' + attempt);
        output('attempt ' + attempt + ' ');
        await sleep(20);
      }
      writeFileSync(folder + '/returned-' + attempt, '');
      return 'attempt ' + attempt;
    }

    export const handlers = { writes };
    `,
  );
  stack = await startStack({ workers: 1, env: { LEEWAY_HANDLERS: handlers } });
});
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const mark = (name: string) => writeFileSync(join(folder, name), '');

/** The value of a metric, summed over its labels. */
async function gauge(name: string): Promise<number> {
  const text = await (await fetch(`${stack.api}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

test('what a frozen worker writes when it continues is refused while the next attempt runs, and counted (F94)', async () => {
  const { id } = await stack.submit({ kind: 'writes', input: { folder }, attempts: 1 });
  await stack.waitJob(id, ({ progress }) => progress !== null);
  const [frozen] = stack.workers;
  await stack.addWorker();
  frozen?.stop();
  await stack.waitJob(id, ({ attempts, progress }) => {
    const { value } = (progress ?? {}) as { value?: unknown };
    return attempts.length === 2 && value === 'attempt 2';
  });
  mark('release-1');
  frozen?.cont();
  await waitUntil(() => existsSync(join(folder, 'returned-1')), { what: 'the first attempt to return' });
  await frozen?.waitForLine('"event":"attempt_fenced"');

  expect(await stack.job(id)).toMatchObject({
    state: 'running',
    result: null,
    losses: 1,
    progress: { value: 'attempt 2' },
    attempts: [{ outcome: 'lost' }, { outcome: null }],
  });
  expect(await gauge('leeway_attempts_requeued')).toBe(1);
  expect(await gauge('leeway_refused_writes')).toBeGreaterThan(0);

  mark('release-2');
  const ended = await stack.waitFinal(id);
  expect(ended).toMatchObject({ state: 'succeeded', result: 'attempt 2', progress: { value: 'attempt 2' } });
  const { body } = await stack.request('GET', `/v1/jobs/${id}/output`);
  const output = (body.chunks as { attempt: number; text: string }[]).map(({ attempt, text }) => ({ attempt, text }));
  expect(output.findLastIndex(({ attempt }) => attempt === 1)).toBeLessThan(
    output.findIndex(({ attempt }) => attempt === 2),
  );
  for (const { attempt, text } of output) expect(text).not.toContain(`attempt ${3 - attempt}`);
});
