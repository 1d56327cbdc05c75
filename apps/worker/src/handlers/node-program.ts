import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export interface NodeProgram {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * A program of this package for a Node process of its own: the built file, or, where the caller runs from its sources, the
 * source with the loader that it needs. `name`: its path without extension, relative to `from`, the caller's import.meta.url.
 */
export function nodeProgram(name: string, from: string): NodeProgram {
  const fromSource = from.endsWith('.ts');
  const main = fileURLToPath(new URL(`${name}.${fromSource ? 'ts' : 'js'}`, from));
  const loader = fromSource
    ? ['--conditions=leeway-source', '--import', createRequire(import.meta.url).resolve('tsx')]
    : [];
  return { file: process.execPath, args: [...loader, main] };
}
