import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall, aptUnpack, hasApt } from './apt.mjs';
import { findProgram, isExecutable, PROGRAMS } from './paths.mjs';
import { Refusal } from './refusal.mjs';
import { run } from './run.mjs';
import { isAtLeast } from './node-version.mjs';

/** The version that Redis Functions need. */
const OLDEST_REDIS = '7.0';
const DOWNLOADED = join(PROGRAMS, 'redis-server');

/**
 * Debian and Ubuntu ship the server in redis-tools, under this name: started as redis-server, the same file is the
 * server. The package redis-server would also start a system service.
 */
const DEBIAN_PACKAGE = 'redis-tools';
const DEBIAN_PROGRAM = 'usr/bin/redis-check-rdb';

/**
 * Absolute path of a redis-server or valkey-server: from PATH, downloaded before, from apt as root or with sudo, unpacked
 * from apt's files without root, or from brew. Throws a Refusal with the ways to get one.
 */
export async function obtainRedis(note) {
  const sources = [fromPath, downloadedBefore, fromApt, fromAptFiles, fromBrew];
  for (const source of sources) {
    const program = await source(note);
    const version = program && (await serverVersion(program));
    if (version === undefined) continue;
    note(`${version}, ${program}`);
    return program;
  }
  throw new Refusal(HOW_TO_GET_ONE);
}

const HOW_TO_GET_ONE = `Leeway needs a Redis (${OLDEST_REDIS} or newer) or Valkey, and none could be found or downloaded. Three ways to get one:
  1. install it, so that redis-server or valkey-server is on PATH: apt-get install redis-server, dnf install valkey,
     brew install redis
  2. use one that runs already: REDIS_URL=redis://host:6379 npm start
  3. run it in a container: docker run -d -p 127.0.0.1:6379:6379 redis:7 --appendonly yes
     and then: REDIS_URL=redis://127.0.0.1:6379 npm start`;

function fromPath() {
  return findProgram('redis-server') ?? findProgram('valkey-server');
}

function downloadedBefore() {
  return isExecutable(DOWNLOADED) ? DOWNLOADED : undefined;
}

async function fromApt(note) {
  if (!hasApt()) return undefined;
  note(`apt-get install ${DEBIAN_PACKAGE}`);
  if (!(await aptInstall([DEBIAN_PACKAGE]))) return undefined;
  prepareFolder();
  symlinkSync(`/${DEBIAN_PROGRAM}`, DOWNLOADED);
  return DOWNLOADED;
}

async function fromAptFiles(note) {
  if (!hasApt()) return undefined;
  note(`unpacking ${DEBIAN_PACKAGE}, without root`);
  prepareFolder();
  return aptUnpack({ package: DEBIAN_PACKAGE, program: DEBIAN_PROGRAM, as: DOWNLOADED });
}

function prepareFolder() {
  mkdirSync(PROGRAMS, { recursive: true });
  rmSync(DOWNLOADED, { force: true });
}

async function fromBrew(note) {
  const brew = findProgram('brew');
  if (brew === undefined) return undefined;
  note('brew install redis');
  const { code } = await run(brew, ['install', 'redis']);
  if (code !== 0) return undefined;
  const { output: prefix } = await run(brew, ['--prefix', 'redis']);
  return join(prefix, 'bin', 'redis-server');
}

/** The version; undefined for a program that does not run or is too old. */
async function serverVersion(program) {
  const { code, output } = await run(program, ['--version']);
  const version = /(?:v=|v)(\d+\.\d+\.\d+)/.exec(output)?.[1];
  return code === 0 && version !== undefined && isAtLeast(version, OLDEST_REDIS) ? version : undefined;
}
