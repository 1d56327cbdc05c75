import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Longest path of a unix socket: 108 bytes with the final NUL on Linux, 104 on macOS. */
const MAX_SOCKET_PATH = 103;
const OWNER_ONLY = 0o700;

/** The path of the liveness socket, in a new folder that only this user can enter. All leashes of the worker use the same one. */
export function createLivenessPath(): string {
  const inTmpdir = join(tmpdir(), 'leeway-leash-XXXXXX', 'ping');
  const parent = Buffer.byteLength(inTmpdir) <= MAX_SOCKET_PATH ? tmpdir() : '/tmp';
  return join(mkdtempSync(join(parent, 'leeway-leash-')), 'ping');
}

/** For the next leash, as each one removes the folder at its end. Throws when another user has created it meanwhile. */
export function recreateLivenessFolder(socketPath: string): void {
  removeLivenessFolder(socketPath);
  mkdirSync(dirname(socketPath), OWNER_ONLY);
}

export function removeLivenessFolder(socketPath: string): void {
  rmSync(dirname(socketPath), { recursive: true, force: true });
}
