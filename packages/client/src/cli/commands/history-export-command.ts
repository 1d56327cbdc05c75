import { rename, rm } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { ApiError } from '../../api-error.js';
import type { Session } from '../session.js';
import { withTenant } from '../tenant-option.js';
import { UsageError } from '../usage-error.js';

export function exportCommand(session: Session): Command {
  const command = new Command('export').description('write every observation as a line of JSON');
  withTenant(command).option('--file <path>', 'where to; standard output if absent or -');
  return command.action(async () => {
    const { file, tenant } = command.opts<{ file?: string; tenant?: string }>();
    const text = session.client(command).exportHistory({ tenant });
    if (file === undefined || file === '-') {
      for await (const piece of text) session.terminal.out(piece);
      return;
    }
    const path = resolve(session.world.folder, file);
    const observations = await writeWhole(text, path);
    session.print(command, { file: path, observations }, () => [`${observations} observations written to ${file}`]);
  });
}

/** Under another name until it is complete: half a history looks like a whole one. Returns its lines without the first. */
async function writeWhole(text: AsyncIterable<string>, path: string): Promise<number> {
  const part = `${path}.part`;
  let lines = 0;
  const counted = Readable.from(text).map((piece: string) => {
    lines += piece.split('\n').length - 1;
    return piece;
  });
  try {
    await pipeline(counted, createWriteStream(part));
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof ApiError) throw error;
    throw new UsageError(`cannot write ${path}: ${(error as Error).message}`);
  }
  return Math.max(0, lines - 1);
}
