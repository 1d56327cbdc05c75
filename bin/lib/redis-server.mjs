import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { findProgram } from './paths.mjs';
import { whenItHolds } from './readiness.mjs';
import { Refusal } from './refusal.mjs';

/** The shortest limit of the systems we know: macOS has 104 bytes for the path and its end. */
const LONGEST_SOCKET_PATH = 103;
const PING_TIMEOUT_MS = 1_000;
const ROUTINE =
  /Redis is starting|Redis version=|Configuration loaded|Server initialized|Received SIG|User requested|bye bye|Memory overcommit|maxclients|maximum open files|^$/;
const OWNER_ONLY = 0o700;

/** How the private Redis of a data folder is started and reached. Creates the folders. */
export function privateRedis({ program, dataFolder }) {
  const folder = join(dataFolder, 'redis');
  mkdirSync(folder, { recursive: true, mode: OWNER_ONLY });
  const socket = socketPath(dataFolder);
  return {
    url: `unix://${socket}`,
    launch() {
      // A killed server leaves its socket behind. The lock on the data folder says that nobody else uses it.
      rmSync(socket, { force: true });
      const [command, args] = dyingWithParent(program, serverArguments({ folder, socket }));
      return spawn(command, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    },
    /** Its warnings, without the lines that every start and stop prints. */
    isWorthShowing: (line) => !ROUTINE.test(line),
    /** Ready means that its data are loaded as well. */
    isReady: (child) => whenItHolds(child, () => answersPing(socket)),
  };
}

function serverArguments({ folder, socket }) {
  return [
    ...['--port', '0', '--unixsocket', socket, '--unixsocketperm', '700', '--dir', folder],
    ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
    // A queue that silently forgets keys has lost jobs: refuse writes instead.
    ...['--maxmemory-policy', 'noeviction', '--loglevel', 'warning'],
  ];
}

/**
 * Where the system can, the kernel kills Redis together with us. The guard would end it as well, but somebody who kills
 * every node process kills the guard too.
 */
function dyingWithParent(program, args) {
  const setpriv = findProgram('setpriv');
  return setpriv === undefined ? [program, args] : [setpriv, ['--pdeathsig', 'KILL', program, ...args]];
}

/**
 * In the data folder; where that path is too long for a socket, in the system's folder for temporary files, under a
 * name that follows from the data folder, so that a next start finds and replaces it.
 */
function socketPath(dataFolder) {
  const near = join(dataFolder, 'redis.sock');
  if (Buffer.byteLength(near) <= LONGEST_SOCKET_PATH) return near;
  const name = createHash('sha256').update(dataFolder).digest('hex').slice(0, 16);
  const far = join(tmpdir(), `leeway-${name}`, 'redis.sock');
  if (Buffer.byteLength(far) > LONGEST_SOCKET_PATH) {
    throw new Refusal(`Neither ${near} nor ${far} is short enough for a socket. Set LEEWAY_DATA to a shorter path.`);
  }
  makePrivateFolder(dirname(far));
  return far;
}

/** Others may write to the folder for temporary files: what stands there under our name has to be ours. */
function makePrivateFolder(folder) {
  mkdirSync(folder, { recursive: true, mode: OWNER_ONLY });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== userInfo().uid) {
    throw new Refusal(`${folder} belongs to somebody else. Remove it, or set LEEWAY_DATA to a shorter path.`);
  }
  chmodSync(folder, OWNER_ONLY);
}

/** One PING on a connection of its own; a server that is still loading answers something else. */
function answersPing(path) {
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
