import { existsSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  aliveWithMarker,
  createJobClient,
  freePorts,
  heldCommand,
  spawnProcess,
  waitUntil,
  type JobClient,
  type TestProcess,
} from '@leeway/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const READY_MS = 60_000;
const GONE_MS = 30_000;

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended with another one.
  }
}

interface Start {
  npm: TestProcess;
  api: string;
  client: JobClient;
  /** Process id of the start itself; npm and its shell only wait for it. */
  pid(): number;
  ready(): Promise<unknown>;
  /** Every process that belongs to the start, itself included. */
  alive(): number[];
  gone(): Promise<unknown>;
}

let folder: string;
let started: Start[];
let count = 0;
function begin(): void {
  folder = mkdtempSync(join(tmpdir(), 'leeway-start-'));
  started = [];
}
async function cleanUp(): Promise<void> {
  for (const pid of started.splice(0).flatMap(({ alive }) => alive())) killIfThere(pid);
  await rm(folder, { recursive: true, force: true });
}

const PLAIN = ['npm', 'start'];
/** In a terminal of its own, into which keys can be typed. */
const IN_TERMINAL = ['script', '-qefc', 'npm start', '/dev/null'];
const CTRL_C = '\u0003';

/** `npm start` in this checkout, with ports and data of its own; every process of it carries a marker. */
async function start(env: Record<string, string> = {}, argv = PLAIN): Promise<Start> {
  const marker = `start-test-${process.pid}-${++count}`;
  const [PORT = '', DASHBOARD_PORT = ''] = (await freePorts(2)).map(String);
  const wiring = { PORT, DASHBOARD_PORT, LEEWAY_DATA: folder, LEEWAY_WORKERS: '1', TEST_MARKER: marker, ...env };
  const npm = spawnProcess(argv, { cwd: ROOT, name: 'npm start', env: wiring });
  // Redis overwrites its environment with its title, which names its socket.
  const alive = () => [
    ...new Set([...aliveWithMarker(marker), ...aliveWithMarker(`unixsocket:${wiring.LEEWAY_DATA}`)]),
  ];
  const lock = () =>
    JSON.parse(readFileSync(join(wiring.LEEWAY_DATA, 'start.lock'), 'utf8')) as { start: { pid: number } };
  const api = `http://127.0.0.1:${wiring.PORT}`;
  const result: Start = {
    npm,
    alive,
    api,
    client: createJobClient(api),
    pid: () => lock().start.pid,
    ready: () => npm.waitForLine('Leeway is ready', READY_MS),
    gone: () => waitUntil(() => alive().length === 0, { what: 'nothing to be left running', timeoutMs: GONE_MS }),
  };
  started.push(result);
  return result;
}

async function ready(env: Record<string, string> = {}, argv = PLAIN): Promise<Start> {
  const one = await start(env, argv);
  await one.ready();
  return one;
}

const STOPPED = 'Stopped; nothing is left running.';
const text = ({ npm }: Start) => npm.lines.join('\n');

describe('npm start', () => {
  let first: Start;
  let second: Start;
  let job: string;
  beforeAll(async () => {
    begin();
    first = await ready();
  });
  afterAll(cleanUp);

  it('starts a killed worker and a killed Redis again, and prints that', async () => {
    const kill = (name: string) => {
      const pid = first.alive().find((candidate) => readFileSync(`/proc/${candidate}/cmdline`, 'utf8').includes(name));
      if (pid === undefined) throw new Error(`no process of this start is a ${name}`);
      process.kill(pid, 'SIGKILL');
    };
    kill('apps/worker/dist/main.js');
    await first.npm.waitForLine('worker-1 ended (SIGKILL); starting it again');
    kill('redis-server');
    await first.npm.waitForLine('redis ended (SIGKILL); starting it again');
    const { id } = await waitUntil(() => first.client.run(['node', '-e', 'console.log(42)']), {
      what: 'a job to be accepted',
      timeoutMs: GONE_MS,
    });
    expect(await first.client.waitFinal(id)).toMatchObject({ state: 'succeeded' });
    job = id;
  });

  it('refuses a data folder that another start uses, and names its process', async () => {
    const other = await start();
    expect(await other.npm.ended).toMatchObject({ code: 1 });
    expect(text(other)).toMatch(new RegExp(`process ${first.pid()}\\) is using ${folder}`));
  });

  it('leaves nothing running after SIGTERM', async () => {
    await first.npm.term();
    await first.gone();
    expect(first.npm.lines.at(-1)).toBe(STOPPED);
  });

  it('finds the jobs of the start before it', async () => {
    second = await ready();
    expect(await second.client.job(job)).toMatchObject({ state: 'succeeded', result: { stdout: '42\n' } });
  });

  it('stops with everything it has started when npm is killed with -9', async () => {
    await second.npm.kill9();
    await second.gone();
  });
});

describe('npm start after a kill -9 of the start before it', () => {
  beforeAll(begin);
  afterAll(cleanUp);

  it('waits until nothing of that is left, not even the command of a job, and takes over its data', async () => {
    const first = await ready();
    const seconds = `${7_000_000 + process.pid}`;
    const command = () => aliveWithMarker(`sleep\0${seconds}`);
    await first.client.run(['sleep', seconds], { onWorkerLost: 'fail' });
    await waitUntil(() => command().length > 0, { what: 'the command to run' });
    const { id } = await first.client.run(['node', '-e', '']);
    const left = first.alive();
    process.kill(first.pid(), 'SIGKILL');
    const second = await start();
    await waitUntil(() => !left.some((pid) => existsSync(`/proc/${pid}`)), {
      what: 'everything of the first start to be gone',
      timeoutMs: GONE_MS,
    });
    await waitUntil(() => command().length === 0, { what: 'the command to be gone' });
    await second.ready();
    expect(await second.client.waitFinal(id)).toMatchObject({ state: 'succeeded' });
  });
});

describe('npm start in a terminal', () => {
  beforeAll(begin);
  afterEach(() => started.at(-1)?.gone());
  afterAll(cleanUp);

  it('lets the running job finish after one Ctrl-C, which npm receives as well', async () => {
    const one = await ready({}, IN_TERMINAL);
    const held = heldCommand(folder);
    const { id } = await one.client.run(held.argv);
    await one.client.waitJob(id, ({ state }) => state === 'running');
    one.npm.type(CTRL_C);
    await one.npm.waitForLine('once more ends them now');
    held.release();
    await one.npm.waitForLine(STOPPED, GONE_MS);
    expect(text(one)).toMatch(new RegExp(`attempt ${id}\\.1: succeeded`));
    await one.gone();
  });

  it('ends the running job at once after a second Ctrl-C, and leaves nothing running', async () => {
    const one = await ready({}, IN_TERMINAL);
    const { id } = await one.client.run(['sleep', '600']);
    await one.client.waitJob(id, ({ state }) => state === 'running');
    one.npm.type(CTRL_C);
    await one.npm.waitForLine('once more ends them now');
    one.npm.type(CTRL_C);
    await one.npm.waitForLine(STOPPED, GONE_MS);
    expect(text(one)).not.toContain('the time to drain is over');
    await one.gone();
  });
});

describe('npm start in another setting', () => {
  beforeAll(begin);
  afterAll(cleanUp);

  it('names a port that is in use, and the variable that changes it, before it starts anything', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    try {
      const one = await start({ DASHBOARD_PORT: String(port) });
      expect(await one.npm.ended).toMatchObject({ code: 1 });
      expect(text(one)).toContain(`Port ${port} on 127.0.0.1 is in use. Set DASHBOARD_PORT to a free one`);
      expect(text(one)).not.toContain('Packages');
    } finally {
      server.close();
    }
  });

  it('works with a data folder whose path is too long for a socket', async () => {
    const LEEWAY_DATA = join(folder, 'x'.repeat(120));
    mkdirSync(LEEWAY_DATA);
    const one = await ready({ LEEWAY_DATA });
    expect((await fetch(`${one.api}/readyz`)).status).toBe(200);
    await one.npm.term();
    await one.gone();
  });

  it('refuses a policy that is not valid, with every problem, and starts nothing', async () => {
    const one = await start({ LEEWAY_POLICY: join(ROOT, 'package.json') });
    expect(await one.npm.ended).toMatchObject({ code: 1 });
    expect(text(one)).toContain('The policy is not valid');
    expect(text(one)).not.toContain('API, dashboard');
  });

  it('refuses to listen beyond this machine without keys', async () => {
    const one = await start({ HOST: '0.0.0.0' });
    expect(await one.npm.ended).toMatchObject({ code: 1 });
    expect(text(one)).toContain('set LEEWAY_KEYS');
  });
});
