import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Handler } from '../handler.js';
import { readDefinitions, type UserDefinition } from './handler-definitions.js';
import { toHandler } from './run-user-handler.js';
import type { UserHandlerLimits } from './user-context.js';

/** Creates the isolated handler for one kind of a module; `file`: its absolute path. */
export type Isolate = (kind: string, file: string) => Handler;

/**
 * The handlers of a module (LEEWAY_HANDLERS): `handlers`, else the default export, a record of kind to a function or to
 * `{ run, schema, isolated }`. The module is loaded into this process, and again into the child process of every isolated
 * attempt.
 *
 * Throws an Error with all problems: the file, the export, and what was expected there.
 */
export async function loadUserHandlers(path: string, limits: UserHandlerLimits, isolate: Isolate): Promise<Handler[]> {
  const definitions = await readModule(path);
  return definitions.map((definition) => {
    const isolated = isolate(definition.kind, resolve(path));
    return definition.isolated ? isolated : { ...toHandler(definition, limits), isolated };
  });
}

/** The checked exports of a handlers module. Throws as `loadUserHandlers` does. */
export async function readModule(path: string): Promise<UserDefinition[]> {
  const file = resolve(path);
  if (!isFile(file)) throw new Error(`LEEWAY_HANDLERS: there is no file ${file}`);
  return readDefinitions(await importModule(file), file);
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

async function importModule(file: string): Promise<object> {
  try {
    return (await import(pathToFileURL(file).href)) as object;
  } catch (error) {
    throw new Error(`LEEWAY_HANDLERS: cannot load ${file}: ${reason(error)}`, { cause: error });
  }
}

function reason(error: unknown): string {
  if ((error as NodeJS.ErrnoException | null)?.code === 'ERR_UNKNOWN_FILE_EXTENSION') {
    return 'Node runs JavaScript (.js, .mjs); TypeScript has to be compiled first, or loaded with "node --import tsx" in development';
  }
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
