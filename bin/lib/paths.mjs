import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Absolute path of the checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Programs that were downloaded for this checkout. */
export const PROGRAMS = join(ROOT, '.leeway', 'programs');

/** PATH with the programs of the packages in front and the downloaded ones at the end, after those of the machine. */
export function searchPath() {
  return [join(ROOT, 'node_modules', '.bin'), process.env.PATH, PROGRAMS].filter(Boolean).join(delimiter);
}

/** Absolute path of an executable; undefined: there is none on PATH. */
export function findProgram(name, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name);
    if (folder !== '' && isExecutable(file)) return file;
  }
  return undefined;
}

export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
