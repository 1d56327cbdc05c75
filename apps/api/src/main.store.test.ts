import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnNode, startRedis, type PrivateRedis, type TestProcess } from '@leeway/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyHash } from '../testing/keys.js';

/** The built program: it starts four times as fast as the sources. */
const PROGRAM = fileURLToPath(new URL('../dist/main.js', import.meta.url));

let redis: PrivateRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.stop());

/** The process as it starts alone. */
function start(env: Record<string, string> = {}): TestProcess {
  return spawnNode([PROGRAM], { name: 'api', env: { PORT: '0', REDIS_URL: redis.url, ...env } });
}

async function addressOf(main: TestProcess): Promise<string> {
  const line = await main.waitForLine('"event":"api_ready"');
  return (JSON.parse(line) as { url: string }).url;
}

function keyFile(tenants: string[]): string {
  const path = join(redis.folder, `keys-${tenants.length}.json`);
  const keys = tenants.map((tenant) => ({ name: tenant, hash: keyHash(tenant), tenant, tier: 'default' }));
  writeFileSync(path, JSON.stringify({ keys }));
  return path;
}

describe('the process of the API', () => {
  test('logs which commands jobs may run, serves, makes a second process name the port that is in use, and ends with 0 on SIGTERM', async () => {
    const main = start();
    const url = await addressOf(main);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(main.lines.join('\n')).toContain(
      'Jobs may run every executable, because this server can be reached from this machine only (127.0.0.1).',
    );
    const { port } = new URL(url);
    const second = start({ PORT: port });
    expect((await second.ended).code).toBe(1);
    expect(second.lines.join('\n')).toContain(`Port ${port} on 127.0.0.1 is in use. Set PORT to another one.`);
    expect(await main.term()).toEqual({ code: 0, signal: null });
  });

  test('ends at once on SIGINT while a client follows a job', async () => {
    const main = start();
    const url = await addressOf(main);
    const body = JSON.stringify({ kind: 'command', input: { argv: ['true'] } });
    const job = (await (
      await fetch(`${url}/v1/jobs`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    ).json()) as { id: string };
    const stream = await fetch(`${url}/v1/jobs/${job.id}/events`);
    process.kill(main.pid, 'SIGINT');
    expect(await main.ended).toEqual({ code: 0, signal: null });
    expect(await stream.text()).toContain('event: submitted');
  });

  const refused: [string, () => Record<string, string>, string][] = [
    ['when it can be reached from other machines without keys', () => ({ HOST: '0.0.0.0' }), 'set LEEWAY_KEYS'],
    [
      'when it can be reached from other machines and every command is allowed',
      () => ({ HOST: '0.0.0.0', LEEWAY_KEYS: keyFile(['a']) }),
      'commands.allow',
    ],
    [
      'when the commands of two tenants share a user',
      () => ({ LEEWAY_KEYS: keyFile(['a', 'b']) }),
      'There are 2 tenants',
    ],
    ['with an unknown variable', () => ({ LEEWAY_PLOICY: 'x' }), 'the nearest known one is LEEWAY_POLICY'],
    ['without the file of its policy', () => ({ LEEWAY_POLICY: '/nowhere/policy.json' }), 'no such file'],
    ['with several wrong settings', () => ({ PORT: 'http', LOG_LEVEL: 'loud' }), '2 settings are wrong'],
  ];
  test.each(refused)('does not start %s, and prints the reason (F16)', async (_name, env, message) => {
    const main = start(env());
    expect((await main.ended).code).toBe(1);
    expect(main.lines.join('\n')).toContain(message);
  });
});
