import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './find-program.js';
import { endingWithParent } from './process.js';
import { waitUntil } from './wait-until.js';

export interface RedisOptions {
  /** Append-only file, synced every second. Default false: most tests never restart Redis. */
  appendOnly?: boolean;
  /** A TCP port of 127.0.0.1 to listen on too, for tests with a proxy in between. Default: only the unix socket. */
  port?: number;
  /** Further arguments of the server, e.g. `['--maxmemory', '2mb']`. */
  args?: string[];
}

/** A private Redis on a unix socket in a folder of its own. */
export interface PrivateRedis {
  /** `unix://<absolute path of the socket>`; the same after a restart. */
  readonly url: string;
  readonly socketPath: string;
  readonly folder: string;
  /** Process id of the running server. Throws when it is down. */
  pid(): number;
  /** Kills the server with SIGKILL and resolves when it has ended. Keeps the folder. */
  kill9(): Promise<void>;
  /** Starts the server again with the same folder and socket, after killing it if it runs. */
  restart(): Promise<void>;
  /** Sends SIGSTOP: connections stay open without replies. */
  freeze(): void;
  /** Sends SIGCONT. */
  thaw(): void;
  /** Kills the server and removes the folder. May be called twice. */
  stop(): Promise<void>;
}

/** Starts a redis-server (or valkey-server) from PATH. It ends with this process, also when that is killed. */
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
  if (program === undefined)
    throw new Error('neither redis-server nor valkey-server is on PATH; run `npm test`, which installs one');
  const socketPath = join(folder, 'redis.sock');
  // A killed server leaves its socket behind, which must not be mistaken for the one of the new server.
  await rm(socketPath, { force: true });
  const durability =
    options.appendOnly === true ? ['--appendonly', 'yes', '--appendfsync', 'everysec'] : ['--appendonly', 'no'];
  const args = [
    ...['--port', String(options.port ?? 0), '--bind', '127.0.0.1', '--unixsocket', socketPath, '--dir', folder],
    ...['--save', '', ...durability, '--maxmemory-policy', 'noeviction', '--loglevel', 'warning'],
    ...(options.args ?? []),
  ];
  const [command = '', ...rest] = endingWithParent([program, ...args]);
  const server = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const keep = (chunk: Buffer) => (output = (output + chunk.toString()).slice(-KEPT_OUTPUT));
  server.stdout.on('data', keep);
  server.stderr.on('data', keep);
  await waitUntil(() => server.exitCode !== null || answersPing(socketPath), { what: 'redis-server to answer' });
  if (server.exitCode !== null) throw new Error(`redis-server ended with code ${server.exitCode}:\n${output}`);
  // A test that forgets to stop the server must not keep the test run alive.
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

/** One PING on a new connection. False while the server loads its data. */
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
