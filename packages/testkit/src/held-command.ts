import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A command that runs until the test releases it, in every attempt; then it prints "done" and exits with 0. */
export interface HeldCommand {
  readonly argv: string[];
  release(): void;
}

const WAIT = 'until test -e "$0"; do sleep 0.1; done; echo done';
let count = 0;

/** `folder`: where the file that releases it is written. */
export function heldCommand(folder: string): HeldCommand {
  const file = join(folder, `released-${(count += 1)}`);
  return { argv: ['sh', '-c', WAIT, file], release: () => writeFileSync(file, '') };
}
