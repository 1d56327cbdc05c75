import { createWriteStream } from 'node:fs';
import { readFile, rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { countText } from '@leeway/contract';
import { Command } from 'commander';
import { ApiError } from '../../api-error.js';
import { UsageError, withShared, type CliWorld, type Session } from '../session.js';

export function historyCommand(session: Session): Command {
  const command = new Command('history')
    .description('export or import what has been learned, or delete it for one class')
    .argument('<what>', 'export, import or reset')
    .usage('<export|import|reset> [options]');
  withShared(command);
  for (const make of [exportCommand, importCommand, resetCommand]) command.addCommand(make(session));
  return command;
}

function withTenant(command: Command): Command {
  return withShared(command).option('--tenant <name>', 'whose history, with an admin key (default: your own)');
}

function exportCommand(session: Session): Command {
  const command = new Command('export').description('write every observation as a line of JSON');
  withTenant(command).option('--file <path>', 'file to write; absent or -: standard output');
  return command.action(async () => {
    const { file, tenant } = command.opts<{ file?: string; tenant?: string }>();
    const text = session.client(command).exportHistory({ tenant });
    if (file === undefined || file === '-') {
      for await (const piece of text) session.terminal.out(piece);
      return;
    }
    const path = resolve(session.world.folder, file);
    const observations = await writeWhole(text, path);
    session.print(command, { file: path, observations }, () => [
      `${countText(observations, 'observation')} written to ${file}`,
    ]);
  });
}

/** Under another name until it is complete: half a history looks like a whole one. Returns its lines without the header. */
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

function importCommand(session: Session): Command {
  const command = new Command('import').description(
    'add the observations of a file; all of them, or none when one is invalid',
  );
  withTenant(command).requiredOption('--file <path>', 'a file of "history export"; - for standard input');
  return command.action(async () => {
    const { file, tenant } = command.opts<{ file: string; tenant?: string }>();
    const client = session.client(command);
    const reply = await client.importHistory(await readHistoryFile(file, session.world), { tenant });
    const { observations, rings, added } = reply;
    session.print(command, reply, () => [
      `${added} of ${countText(observations, 'observation')} added to ${countText(rings, 'ring')} of ${reply.tenant}`,
    ]);
  });
}

async function readHistoryFile(file: string, world: CliWorld): Promise<string> {
  try {
    return file === '-' ? await world.readStdin() : await readFile(resolve(world.folder, file), 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read observations from ${file}: ${(error as Error).message}`);
  }
}

function resetCommand(session: Session): Command {
  const command = new Command('reset').description('delete what was learned about a class').argument('<class>');
  withTenant(command);
  return command.action(async (name: string) => {
    const { tenant } = command.opts<{ tenant?: string }>();
    const reply = await session.client(command).resetClass(name, { tenant });
    session.print(command, reply, () => [
      `${reply.class}  deleted: ${countText(reply.rings, 'ring')}${reply.counters ? ' and its counters' : ''}`,
    ]);
  });
}
