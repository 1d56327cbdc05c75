import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { CliWorld, Session } from '../session.js';
import { withTenant } from '../tenant-option.js';
import { UsageError } from '../usage-error.js';

export function importCommand(session: Session): Command {
  const command = new Command('import').description(
    'add the observations of a file; all of them, or none when one is wrong',
  );
  withTenant(command).requiredOption('--file <path>', 'what "history export" wrote; - for standard input');
  return command.action(async () => {
    const { file, tenant } = command.opts<{ file: string; tenant?: string }>();
    const client = session.client(command);
    const reply = await client.importHistory(await readHistoryFile(file, session.world), { tenant });
    const { observations, rings, added } = reply;
    session.print(command, reply, () => [
      `${added} of ${observations} observations added to ${rings} rings of ${reply.tenant}`,
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
