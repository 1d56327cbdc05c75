import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack, waitUntil, type Stack } from '@leeway/testkit';
import { afterEach, expect, it } from 'vitest';

let stack: Stack | undefined;
const folder = mkdtempSync(join(tmpdir(), 'leeway-reload-'));
const file = join(folder, 'leeway.policy.json');
const write = (content: unknown) => writeFileSync(file, JSON.stringify(content));
afterEach(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true });
});

it('API and workers reload the policy file on SIGHUP, and keep the last valid one (F16)', async () => {
  write({ version: 'one' });
  const s = (stack = await startStack({ env: { LEEWAY_POLICY: file } }));
  const version = async () => (await s.request('GET', '/version')).body;
  expect(await version()).toMatchObject({ policyVersion: 'one', policyRefused: false });

  write({ version: 'two', kinds: { command: { priorMs: 1_500 } } });
  process.kill(s.workers[0]?.pid as number, 'SIGHUP');
  await waitUntil(async () => (await version()).policyVersion === 'two', { what: 'the API to reload the file' });
  expect((await s.request('GET', '/v1/config')).body.kinds.command.priorMs).toBe(1_500);
  await s.workers[0]?.waitForLine('"event":"policy_changed"');
  const hung = await s.run(['sleep', '60'], { attempts: 1 });
  expect(await s.waitFinal(hung.id)).toMatchObject({
    cause: 'deadline',
    attempts: [{ decision: { deadlineMs: 1_500, policyVersion: 'two' } }],
  });

  writeFileSync(file, '{ "version": "three", "kinds": ');
  process.kill(s.apiProcess.pid, 'SIGHUP');
  await waitUntil(async () => (await version()).policyRefused === true, { what: 'the API to refuse the file' });
  expect(await version()).toMatchObject({ policyVersion: 'two' });
  expect((await s.waitFinal((await s.run(['true'])).id)).decision?.policyVersion).toBe('two');
});
