import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { LeewayClient } from '@leeway/client';
import { startFakeProvider, type FakeProvider } from '@leeway/testkit/fake-provider';
import { processesLeft } from './processes.js';

export interface OwnStack {
  url: string;
  dashboardUrl: string;
  /** Stops it and removes its data. Resolves with the number of its processes that are left; undefined: cannot be counted. */
  stop(): Promise<number | undefined>;
}

export const WORKERS = 3;
/** Few, so that the tasks of a killed worker fill the others. */
const CONCURRENCY = 6;
/** Shorter than the default of 5 s, so that the hung task does not take most of the demo. */
const GRACE_MS = 1_000;

const READY_LIMIT_MS = 90_000;
const CHECK_EVERY_MS = 100;
const RUN = fileURLToPath(new URL('../../../bin/run.mjs', import.meta.url));

/** `npm start` on free ports, with a data folder and a model server of its own. Throws with its last lines when it does not get ready. */
export async function startOwnStack(signal: AbortSignal): Promise<OwnStack> {
  const data = await mkdtemp(join(tmpdir(), 'leeway-demo-'));
  const provider = await startFakeProvider();
  const [port, dashboardPort] = [await freePort(), await freePort()];
  const policyFile = join(data, 'policy.json');
  await writeFile(policyFile, JSON.stringify(policyFor(provider)));
  const env = {
    ...withoutLeeway(process.env),
    ...{ HOST: '127.0.0.1', PORT: String(port), DASHBOARD_PORT: String(dashboardPort), LOG_LEVEL: 'info' },
    ...{ LEEWAY_DATA: data, LEEWAY_POLICY: policyFile, LEEWAY_WORKERS: String(WORKERS) },
    // `npm start` then watches its parent, and stops when the demo is killed.
    npm_lifecycle_event: 'demo',
  };
  const child = spawn(process.execPath, [RUN, 'start'], { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const lines = lastLines(child);
  const stop = async () => {
    await ended(child);
    await provider.stop();
    const left = await processesLeft(`LEEWAY_DATA=${data}`, 'environ');
    await rm(data, { recursive: true, force: true });
    return left;
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await allReady(new LeewayClient({ url, retryForMs: 0 }), { child, lines, signal });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, dashboardUrl: `http://127.0.0.1:${dashboardPort}`, stop };
}

function policyFor(provider: FakeProvider): object {
  return {
    version: 'demo-1',
    worker: { concurrency: CONCURRENCY },
    supervision: { graceMs: GRACE_MS },
    providers: { demo: { baseUrl: provider.baseUrl } },
  };
}

/** The environment without a Redis, keys, handlers or policy of somebody else. */
function withoutLeeway(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith('LEEWAY_') && name !== 'REDIS_URL'),
  );
}

async function allReady(
  client: LeewayClient,
  start: { child: ChildProcess; lines: () => string; signal: AbortSignal },
): Promise<void> {
  const giveUpAt = performance.now() + READY_LIMIT_MS;
  for (;;) {
    if (start.child.exitCode !== null || performance.now() > giveUpAt)
      throw new Error(`the demo's stack did not become ready:\n${start.lines()}`);
    const { ready } = await client.health({ signal: start.signal });
    if (ready && (await client.workers({ signal: start.signal })).length >= WORKERS) return;
    await sleep(CHECK_EVERY_MS, undefined, { signal: start.signal });
  }
}

const KEPT_CHARACTERS = 4_000;

function lastLines(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (text = (text + chunk.toString()).slice(-KEPT_CHARACTERS)));
  return () => text;
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await exit;
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
