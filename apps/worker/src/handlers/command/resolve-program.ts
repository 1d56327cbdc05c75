import { DoNotRetryError } from '@leeway/supervision';
import { access, constants, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';

export interface Program {
  /** Absolute, with symbolic links: some programs depend on the name that they were called by. */
  readonly path: string;
  /** The file behind all links. */
  readonly realPath: string;
}

export interface ProgramSearch {
  /** The worker's PATH. Only its absolute folders count: with others the working directory would decide which program runs. */
  readonly path: string;
  /** The base of names with a slash. */
  readonly cwd: string;
}

/**
 * Finds the program of a name as a shell does. Throws DoNotRetryError `command_not_found` or
 * `command_not_executable`.
 */
export async function resolveProgram(name: string, search: ProgramSearch): Promise<Program> {
  const found = await Promise.all(candidates(name, search).map(inspect));
  const program = found.find(({ state }) => state === 'program');
  if (program !== undefined) return { path: program.path, realPath: await realpath(program.path) };
  const notExecutable = found.find(({ state }) => state === 'not_executable');
  if (notExecutable !== undefined) {
    throw new DoNotRetryError(`"${notExecutable.path}" exists, but is not a file that this worker may execute.`, {
      code: 'command_not_executable',
    });
  }
  const where = name.includes('/') ? '' : ` in ${search.path || 'an empty PATH'}`;
  throw new DoNotRetryError(`There is no program "${name}"${where}.`, { code: 'command_not_found' });
}

function candidates(name: string, { path, cwd }: ProgramSearch): string[] {
  if (name.includes('/')) return [resolve(cwd, name)];
  return path
    .split(':')
    .filter(isAbsolute)
    .map((folder) => join(folder, name));
}

interface Candidate {
  readonly path: string;
  readonly state: 'program' | 'not_executable' | 'missing';
}

async function inspect(path: string): Promise<Candidate> {
  const stats = await stat(path).catch(() => null);
  if (stats === null) return { path, state: 'missing' };
  const executable =
    stats.isFile() &&
    (await access(path, constants.X_OK).then(
      () => true,
      () => false,
    ));
  return { path, state: executable ? 'program' : 'not_executable' };
}
