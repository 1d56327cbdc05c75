import { delimiter } from 'node:path';

/** The last of the folders that npm puts in front of PATH when it runs a script. */
const LAST_OF_NPM = /[\\/]@npmcli[\\/]run-script[\\/]lib[\\/]node-gyp-bin$/;

/** PATH without the folders of npm: `tsc` in a job must not be the one of this checkout. */
export function pathWithoutNpm(path: string): string {
  const folders = path.split(delimiter);
  return folders.slice(folders.findIndex((folder) => LAST_OF_NPM.test(folder)) + 1).join(delimiter);
}
