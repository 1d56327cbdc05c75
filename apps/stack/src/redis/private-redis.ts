import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { untilReady } from '../process/readiness.js';
import { StartError } from '../start-error.js';

/** The shortest limit of the systems that are supported: macOS has 104 bytes for the path and its end. */
const LONGEST_SOCKET_PATH = 103;
const PING_TIMEOUT_MS = 1_000;
const ROUTINE_LINE =
  /Redis is starting|Redis version=|Configuration loaded|Server initialized|Received SIG|User requested|bye bye|Memory overcommit|maxclients|maximum open files|^$/;
const OWNER_ONLY = 0o700;
const NAME_LENGTH = 16;

/** The Redis server of a data folder, which listens on a unix socket only. */
export class PrivateRedis {
  private readonly folder: string;
  private readonly socketPath: string;

  /** `command` starts the server. Creates the folders. Throws a StartError when there is no place for the socket. */
  constructor(
    private readonly command: readonly string[],
    dataFolder: string,
  ) {
    this.folder = join(dataFolder, 'redis');
    mkdirSync(this.folder, { recursive: true, mode: OWNER_ONLY });
    this.socketPath = socketPathFor(dataFolder);
  }

  get url(): string {
    return `unix://${this.socketPath}`;
  }

  launch(): ChildProcess {
    // A killed server leaves its socket behind. The lock on the data folder guarantees that no other server uses it.
    rmSync(this.socketPath, { force: true });
    const [program = '', ...args] = this.command;
    return spawn(program, [...args, ...this.serverArguments()], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Resolves when the server has loaded its data. */
  isReady(child: ChildProcess): Promise<void> {
    return untilReady(child, () => answersPing(this.socketPath));
  }

  /** False for the lines that every start and stop prints. */
  isWorthShowing(line: string): boolean {
    return !ROUTINE_LINE.test(line);
  }

  private serverArguments(): string[] {
    return [
      ...['--port', '0', '--unixsocket', this.socketPath, '--unixsocketperm', '700', '--dir', this.folder],
      ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
      // With another policy Redis would drop keys, and jobs with them, when its memory is full.
      ...['--maxmemory-policy', 'noeviction', '--loglevel', 'warning'],
    ];
  }
}

/**
 * In the data folder; where that path is too long for a socket, in the system's folder for temporary files, under a name
 * that is computed from the data folder, so that the next start finds the same one.
 */
function socketPathFor(dataFolder: string): string {
  const near = join(dataFolder, 'redis.sock');
  if (Buffer.byteLength(near) <= LONGEST_SOCKET_PATH) return near;
  const name = createHash('sha256').update(dataFolder).digest('hex').slice(0, NAME_LENGTH);
  const far = join(tmpdir(), `leeway-${name}`, 'redis.sock');
  if (Buffer.byteLength(far) > LONGEST_SOCKET_PATH)
    throw new StartError(`Neither ${near} nor ${far} is short enough for a socket. Set LEEWAY_DATA to a shorter path.`);
  makePrivateFolder(dirname(far));
  return far;
}

/** Every user may write to the folder for temporary files: a folder with our name there has to be ours. */
function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: OWNER_ONLY });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== userInfo().uid)
    throw new StartError(`${folder} belongs to another user. Remove it, or set LEEWAY_DATA to a shorter path.`);
  chmodSync(folder, OWNER_ONLY);
}

/** One PING on a new connection; a server that is still loading its data replies with an error. */
function answersPing(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => socket.write('PING\r\n'));
    socket.setTimeout(PING_TIMEOUT_MS, () => socket.destroy());
    socket.once('data', (reply) => {
      resolve(reply.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
