import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  aliveWithMarker,
  createJobClient,
  freePorts,
  spawnProcess,
  waitUntil,
  type TestProcess,
} from '@leeway/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const READY_MS = 60_000;
const GONE_MS = 30_000;

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It went with another one.
  }
}

interface Start {
  npm: TestProcess;
  api: string;
  /** Process id of the start itself; npm and its shell only wait for it. */
  pid(): number;
  ready(): Promise<unknown>;
  /** Everything the start brought to life, itself included. */
  alive(): number[];
  gone(): Promise<unknown>;
}

let folder: string;
let started: Start[];
let count = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leeway-start-'));
  started = [];
});
afterEach(async () => {
  for (const pid of started.flatMap(({ alive }) => alive())) killIfThere(pid);
  await Promise.all(started.map((start) => start.gone()));
  await rm(folder, { recursive: true, force: true });
});

const AS_ALWAYS = ['npm', 'start'];
/** In a terminal of its own; what is typed into it are keys. */
const IN_TERMINAL = ['script', '-qefc', 'npm start', '/dev/null'];
const CTRL_C = '\u0003';

/** `npm start` in this checkout, with ports and data of its own; every process of it carries a marker. */
async function start(env: Record<string, string> = {}, argv = AS_ALWAYS): Promise<Start> {
  const marker = `start-test-${process.pid}-${++count}`;
  const [PORT = '', DASHBOARD_PORT = ''] = (await freePorts(2)).map(String);
  const wiring = { PORT, DASHBOARD_PORT, LEEWAY_DATA: folder, LEEWAY_WORKERS: '1', TEST_MARKER: marker, ...env };
  const npm = spawnProcess(argv, { cwd: ROOT, name: 'npm start', env: wiring });
  // Redis writes its title over its environment; the title names its socket.
  const alive = () => [
    ...new Set([...aliveWithMarker(marker), ...aliveWithMarker(`unixsocket:${wiring.LEEWAY_DATA}`)]),
  ];
  const lock = () =>
    JSON.parse(readFileSync(join(wiring.LEEWAY_DATA, 'start.lock'), 'utf8')) as { start: { pid: number } };
  const result: Start = {
    npm,
    alive,
    api: `http://127.0.0.1:${wiring.PORT}`,
    pid: () => lock().start.pid,
    ready: () => npm.waitForLine('Leeway is ready', READY_MS),
    gone: () => waitUntil(() => alive().length === 0, { what: 'nothing to be left running', timeoutMs: GONE_MS }),
  };
  started.push(result);
  return result;
}

test('a second start finds the jobs of the first, and SIGTERM leaves nothing running', async () => {
  const first = await start();
  await first.ready();
  const client = createJobClient(first.api);
  const { id } = await client.run(['node', '-e', 'console.log(42)']);
  await client.waitFinal(id);
  await first.npm.term();
  await first.gone();
  expect(first.npm.lines.at(-1)).toBe('Stopped; nothing is left running.');

  const second = await start();
  await second.ready();
  const job = await createJobClient(second.api).job(id);
  expect(job).toMatchObject({ state: 'succeeded', result: { stdout: '42\n' } });
});

test('one Ctrl-C lets the running job finish, though npm hears it too', async () => {
  const one = await start({}, IN_TERMINAL);
  await one.ready();
  const { id } = await createJobClient(one.api).run(['sleep', '2']);
  await createJobClient(one.api).waitJob(id, ({ state }) => state === 'running');
  one.npm.type(CTRL_C);
  await one.npm.waitForLine('Stopped; nothing is left running', GONE_MS);
  expect(one.npm.lines.join('\n')).toMatch(new RegExp(`attempt ${id}\\.1: succeeded`));
  await one.gone();
});

test('a second Ctrl-C ends a job that would go on, and leaves nothing running', async () => {
  const one = await start({}, IN_TERMINAL);
  await one.ready();
  const { id } = await createJobClient(one.api).run(['sleep', '600']);
  await createJobClient(one.api).waitJob(id, ({ state }) => state === 'running');
  one.npm.type(CTRL_C);
  await one.npm.waitForLine('once more ends them now');
  one.npm.type(CTRL_C);
  await one.npm.waitForLine('Stopped; nothing is left running', GONE_MS);
  expect(one.npm.lines.join('\n')).not.toContain('the time to drain is over');
  await one.gone();
});

test('kill -9 of the start leaves nothing running, not even the command of a job', async () => {
  const one = await start();
  await one.ready();
  const seconds = `${7_000_000 + process.pid}`;
  await createJobClient(one.api).run(['sleep', seconds]);
  await waitUntil(() => aliveWithMarker(`sleep\0${seconds}`).length > 0, { what: 'the command to run' });
  process.kill(one.pid(), 'SIGKILL');
  await one.gone();
  await waitUntil(() => aliveWithMarker(`sleep\0${seconds}`).length === 0, { what: 'the command to be gone' });
});

test('kill -9 of npm stops the stack as well', async () => {
  const one = await start();
  await one.ready();
  await one.npm.kill9();
  await one.gone();
});

test('the start right after a kill -9 waits for what is left of the first and gets its data', async () => {
  const first = await start();
  await first.ready();
  const { id } = await createJobClient(first.api).run(['node', '-e', '']);
  process.kill(first.pid(), 'SIGKILL');
  const second = await start();
  await second.ready();
  expect(await createJobClient(second.api).waitFinal(id)).toMatchObject({ state: 'succeeded' });
});

test('two starts on one data folder: the second says who is there and ends', async () => {
  const first = await start();
  await first.ready();
  const second = await start();
  expect(await second.npm.ended).toMatchObject({ code: 1 });
  expect(second.npm.lines.join('\n')).toMatch(new RegExp(`process ${first.pid()}\\) is using ${folder}`));
});

test('a port in use is named, with the variable that changes it, before anything starts', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  try {
    const one = await start({ DASHBOARD_PORT: String(port) });
    expect(await one.npm.ended).toMatchObject({ code: 1 });
    const text = one.npm.lines.join('\n');
    expect(text).toContain(`Port ${port} on 127.0.0.1 is in use. Set DASHBOARD_PORT to a free one`);
    expect(text).not.toContain('Packages');
  } finally {
    server.close();
  }
});

test('a data folder whose path is too long for a socket works all the same', async () => {
  const LEEWAY_DATA = join(folder, 'x'.repeat(120));
  mkdirSync(LEEWAY_DATA);
  const one = await start({ LEEWAY_DATA });
  await one.ready();
  expect((await fetch(`${one.api}/readyz`)).status).toBe(200);
});

test('a killed worker and a killed Redis are started again, and it is said', async () => {
  const one = await start();
  await one.ready();
  const kill = (text: string) => {
    const pid = one.alive().find((candidate) => readFileSync(`/proc/${candidate}/cmdline`, 'utf8').includes(text));
    if (pid === undefined) throw new Error(`no process of this start is a ${text}`);
    process.kill(pid, 'SIGKILL');
  };
  kill('apps/worker/dist/main.js');
  await one.npm.waitForLine('worker-1 ended (SIGKILL); starting it again');
  kill('redis-server');
  await one.npm.waitForLine('redis ended (SIGKILL); starting it again');
  const client = createJobClient(one.api);
  const job = await waitUntil(() => client.run(['node', '-e', '']), {
    what: 'a job to be accepted',
    timeoutMs: GONE_MS,
  });
  expect(await client.waitFinal(job.id)).toMatchObject({ state: 'succeeded' });
});

test('a policy that is not valid is refused with every problem, and nothing is started', async () => {
  const one = await start({ LEEWAY_POLICY: join(ROOT, 'package.json') });
  expect(await one.npm.ended).toMatchObject({ code: 1 });
  const text = one.npm.lines.join('\n');
  expect(text).toContain('The policy is not valid');
  expect(text).not.toContain('API, dashboard');
});

test('listening beyond this machine without keys is refused', async () => {
  const one = await start({ HOST: '0.0.0.0' });
  expect(await one.npm.ended).toMatchObject({ code: 1 });
  expect(one.npm.lines.join('\n')).toContain('set LEEWAY_KEYS');
});
