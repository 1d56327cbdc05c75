import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './find-program.js';
import { dyingWithUs } from './process.js';
import { waitUntil } from './wait-until.js';

export interface RedisOptions {
  /** Append-only file, synced every second. Default false: most tests never restart Redis. */
  appendOnly?: boolean;
  /** Also listen on this TCP port of 127.0.0.1, for tests that put a proxy in between. Default: unix socket only. */
  port?: number;
  /** More arguments for the server, e.g. `['--maxmemory', '2mb']`. */
  args?: string[];
}

/** A Redis of the test's own, on a unix socket in a folder of its own. */
export interface PrivateRedis {
  /** `unix://<absolute path of the socket>`; the same after a restart. */
  readonly url: string;
  readonly socketPath: string;
  readonly folder: string;
  /** Process id of the running server. Throws when it is down. */
  pid(): number;
  /** Kills the server with SIGKILL and returns when it is gone. The folder stays. */
  kill9(): Promise<void>;
  /** Starts the server again on the same folder and socket; ends it first when it runs. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
  /** Ends the server and removes the folder. Twice is fine. */
  stop(): Promise<void>;
}

/** Starts a redis-server (or valkey-server) from PATH. It dies with this process, also when that is killed. */
export async function startRedis(options: RedisOptions = {}): Promise<PrivateRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-redis-'));
  const socketPath = join(folder, 'redis.sock');
  let server: ChildProcess | undefined = await launch(folder, options);

  const pid = () => {
    if (server?.pid === undefined) throw new Error('this Redis is not running');
    return server.pid;
  };
  const end = async () => {
    const ended = server;
    server = undefined;
    if (ended !== undefined) await killed(ended);
  };
  return {
    url: `unix://${socketPath}`,
    socketPath,
    folder,
    pid,
    kill9: end,
    async restart() {
      await end();
      server = await launch(folder, options);
    },
    freeze: () => void process.kill(pid(), 'SIGSTOP'),
    thaw: () => void process.kill(pid(), 'SIGCONT'),
    async stop() {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(folder: string, options: RedisOptions): Promise<ChildProcess> {
  const program = findProgram('redis-server') ?? findProgram('valkey-server');
  if (program === undefined) throw new Error('neither redis-server nor valkey-server is on PATH; `npm test` gets one');
  const socketPath = join(folder, 'redis.sock');
  // A killed server leaves its socket behind; a new one would be mistaken for ready before it has loaded its data.
  await rm(socketPath, { force: true });
  const durability =
    options.appendOnly === true ? ['--appendonly', 'yes', '--appendfsync', 'everysec'] : ['--appendonly', 'no'];
  const args = [
    ...['--port', String(options.port ?? 0), '--bind', '127.0.0.1', '--unixsocket', socketPath, '--dir', folder],
    ...['--save', '', ...durability, '--maxmemory-policy', 'noeviction', '--loglevel', 'warning'],
    ...(options.args ?? []),
  ];
  const [command = '', ...rest] = dyingWithUs([program, ...args]);
  const server = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const listen = (chunk: Buffer) => (said = (said + chunk.toString()).slice(-KEPT_OUTPUT));
  server.stdout.on('data', listen);
  server.stderr.on('data', listen);
  await waitUntil(() => server.exitCode !== null || answersPing(socketPath), { what: 'redis-server to answer' });
  if (server.exitCode !== null) throw new Error(`redis-server ended with code ${server.exitCode}:\n${said}`);
  // A test that forgets to stop it must not keep the runner alive.
  server.unref();
  for (const pipe of [server.stdout, server.stderr]) (pipe as unknown as { unref(): void }).unref();
  return server;
}

const KEPT_OUTPUT = 4_000;

function killed(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    server.ref();
    server.once('exit', () => resolve());
    server.kill('SIGKILL');
  });
}

/** One PING over a connection of its own. LOADING counts as no. */
function answersPing(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    socket.setTimeout(PING_TIMEOUT_MS, () => socket.destroy());
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (reply) => {
      resolve(reply.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

const PING_TIMEOUT_MS = 1_000;
