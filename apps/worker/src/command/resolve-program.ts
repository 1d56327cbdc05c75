import { access, constants, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { DoNotRetryError } from '../handler.js';

/** Where a program was found. */
export interface Program {
  /** Absolute. Symbolic links are left as they are: programs look at the path they were called by. */
  readonly path: string;
  /** The file behind all links. */
  readonly realPath: string;
}

export interface ProgramSearch {
  /** The worker's PATH. Only absolute folders count: others would let the working directory decide what runs. */
  readonly path: string;
  /** For names with a slash. */
  readonly cwd: string;
}

/**
 * Finds the program that a name stands for, the way a shell would. Throws DoNotRetryError `command_not_found` or
 * `command_not_executable`.
 */
export async function resolveProgram(name: string, search: ProgramSearch): Promise<Program> {
  let notExecutable: string | null = null;
  for (const candidate of candidates(name, search)) {
    const state = await inspect(candidate);
    if (state === 'program') return { path: candidate, realPath: await realpath(candidate) };
    if (state === 'not_executable') notExecutable ??= candidate;
  }
  if (notExecutable !== null) {
    throw new DoNotRetryError(`"${notExecutable}" is there, but is not a file that this worker may execute.`, { code: 'command_not_executable' });
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

async function inspect(path: string): Promise<'program' | 'not_executable' | 'missing'> {
  try {
    if (!(await stat(path)).isFile()) return 'not_executable';
  } catch {
    return 'missing';
  }
  try {
    await access(path, constants.X_OK);
    return 'program';
  } catch {
    return 'not_executable';
  }
}
