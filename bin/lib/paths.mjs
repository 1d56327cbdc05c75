import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Programs that the set-up fetched for this checkout alone. */
export const PROGRAMS = join(ROOT, '.leeway', 'programs');

/** PATH with the packages' programs in front and our own at the end, so that what the machine has wins. */
export function searchPath() {
  return [join(ROOT, 'node_modules', '.bin'), process.env.PATH, PROGRAMS].filter(Boolean).join(delimiter);
}

/** The last of the folders that npm puts before PATH when it runs a script. */
const END_OF_NPMS = /[\\/]@npmcli[\\/]run-script[\\/]lib[\\/]node-gyp-bin$/;

/** PATH as it was before npm ran us: a job that says `tsc` does not mean the one of this checkout. */
export function pathBeforeNpm(path = process.env.PATH ?? '') {
  const folders = path.split(delimiter);
  return folders.slice(folders.findIndex((folder) => END_OF_NPMS.test(folder)) + 1).join(delimiter);
}

/** Absolute path of an executable, or undefined. */
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
