import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Submission } from '@leeway/contract';
import { readCommandInput, readLimits } from './submission-options.js';
import { UsageError, type CliWorld } from './session.js';

/** The submission of a command line: a command after `--`, `--kind` with `--input`, or a whole one from `--file`. */
export async function readSubmission(argv: string[], command: Command, world: CliWorld): Promise<Submission> {
  const { kind, input, file } = command.opts<{ kind?: string; input?: unknown; file?: string }>();
  const limits = readLimits(command);
  if (file !== undefined) {
    if (argv.length > 0 || input !== undefined)
      throw new UsageError('--file holds the whole job; give no argv and no --input with it');
    return { ...(await readSubmissionFile(file, world)), ...(kind === undefined ? {} : { kind }), ...limits };
  }
  if (input !== undefined) {
    if (argv.length > 0) throw new UsageError('give either --input or an argv, not both');
    return { kind: kind ?? 'command', input, ...limits };
  }
  if (argv.length === 0)
    throw new UsageError('nothing to run: give a program and its arguments after "--", or --input, or --file');
  if (kind !== undefined && kind !== 'command')
    throw new UsageError(`a job of the kind "${kind}" takes its input from --input`);
  return { kind: 'command', input: await readCommandInput(argv, command, world), ...limits };
}

async function readSubmissionFile(file: string, world: CliWorld): Promise<Submission> {
  const from = file === '-' ? 'standard input' : file;
  try {
    const text = file === '-' ? await world.readStdin() : await readFile(resolve(world.folder, file), 'utf8');
    return JSON.parse(text) as Submission;
  } catch (error) {
    throw new UsageError(`cannot read a submission from ${from}: ${(error as Error).message}`);
  }
}
