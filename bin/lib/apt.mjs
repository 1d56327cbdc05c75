import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { findProgram } from './paths.mjs';
import { run } from './run.mjs';

const QUIET = { DEBIAN_FRONTEND: 'noninteractive' };

export function hasApt() {
  return findProgram('apt-get') !== undefined && findProgram('dpkg') !== undefined;
}

/** Installs packages as root or with a sudo that needs no password. False when neither is possible or apt failed. */
export async function aptInstall(packages) {
  const asRoot = await rootPrefix();
  if (asRoot === undefined) return false;
  const apt = (...args) => {
    const [command, ...rest] = [...asRoot, 'apt-get', '-q', '-y', ...args];
    return run(command, rest, { env: QUIET });
  };
  const install = ['install', '--no-install-recommends', ...packages];
  if ((await apt(...install)).code === 0) return true;
  // A fresh image has no package lists, and the lists of an old one name files that were removed.
  if ((await apt('update')).code !== 0) return false;
  return (await apt(...install)).code === 0;
}

async function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  if (findProgram('sudo') === undefined) return undefined;
  return (await run('sudo', ['-n', 'true'])).code === 0 ? ['sudo', '-n'] : undefined;
}

/**
 * Unpacks a package and the dependencies that this machine lacks, without installing them, and writes a launcher for
 * `program` (a path inside the package) at `as`. Returns `as`; undefined when that is not possible.
 */
export async function aptUnpack({ package: name, program, as }) {
  const folder = join(dirname(as), name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const downloads = mkdtempSync(join(tmpdir(), 'leeway-apt-'));
  try {
    const options = await listsOptions(name, downloads);
    const wanted = options && (await missingPackages(name, options));
    if (!wanted || (await run('apt-get', [...options, 'download', ...wanted], { cwd: downloads })).code !== 0)
      return undefined;
    for (const file of readdirSync(downloads).filter((entry) => entry.endsWith('.deb'))) {
      if ((await run('dpkg', ['-x', join(downloads, file), folder])).code !== 0) return undefined;
    }
    writeLauncher({ folder, program, as });
    return as;
  } finally {
    rmSync(downloads, { recursive: true, force: true });
  }
}

/** Options with which apt finds `name`: none when the lists of this machine have it, else lists downloaded now. */
async function listsOptions(name, downloads) {
  if ((await run('apt-cache', ['show', name])).code === 0) return [];
  const state = join(downloads, 'state');
  mkdirSync(join(state, 'lists', 'partial'), { recursive: true });
  const options = [`Dir::State=${state}`, 'Dir::State::status=/var/lib/dpkg/status', `Dir::Cache=${downloads}`];
  const flags = options.flatMap((option) => ['-o', option]);
  return (await run('apt-get', [...flags, 'update'])).code === 0 ? flags : undefined;
}

/** The package and, level by level, the dependencies that this machine lacks. */
async function missingPackages(name, options) {
  const missing = new Set([name]);
  for (const wanted of missing) {
    const { code, output } = await run('apt-cache', [...options, 'depends', '--important', wanted]);
    if (code !== 0) return undefined;
    for (const alternatives of readDependencies(output)) {
      const present = await Promise.all(alternatives.map(isInstalled));
      // A set can grow while it is iterated: the new name is reached later.
      if (!present.includes(true) && alternatives.length > 0) missing.add(alternatives[0]);
    }
  }
  return [...missing];
}

/**
 * Parses lines like "  Depends: libc6" into lists of alternatives. A bar in front marks the next line as an alternative; a
 * name in angle brackets is virtual and cannot be downloaded.
 */
export function readDependencies(text) {
  const dependencies = [];
  let alternatives = [];
  for (const [, bar, name] of text.matchAll(/^ ([ |])(?:Pre)?Depends: (\S+)$/gm)) {
    if (!name.startsWith('<')) alternatives.push(name);
    if (bar === '|') continue;
    dependencies.push(alternatives);
    alternatives = [];
  }
  return dependencies;
}

async function isInstalled(name) {
  return (await run('dpkg-query', ['-W', '-f', '${db:Status-Status}', name])).output === 'installed';
}

/** A script beside the unpacked files that finds their libraries relative to itself, so that the checkout can be moved. */
function writeLauncher({ folder, program, as }) {
  const link = join(dirname(program), basename(as));
  symlinkSync(basename(program), join(folder, link));
  const inside = basename(folder);
  const libraries = ['usr/lib', 'lib'].flatMap((lib) => {
    const architectures = readFolder(join(folder, lib)).filter(
      (entry) => entry.endsWith('-linux-gnu') || entry.includes('-linux-'),
    );
    return [lib, ...architectures.map((entry) => `${lib}/${entry}`)].map((path) => `$here/${inside}/${path}`);
  });
  const lines = [
    '#!/bin/sh',
    'here=$(CDPATH= cd -- "${0%/*}" && pwd)',
    `LD_LIBRARY_PATH="${libraries.join(':')}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"`,
    'export LD_LIBRARY_PATH',
    `exec "$here/${inside}/${link}" "$@"`,
  ];
  writeFileSync(as, `${lines.join('\n')}\n`);
  chmodSync(as, 0o755);
}

function readFolder(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
