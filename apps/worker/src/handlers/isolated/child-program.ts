import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

export interface ChildProgram {
  readonly file: string;
  readonly args: readonly string[];
}

/** Node with what a handler's process runs: the built program; from the sources, the source, with what makes node read it. */
export function childProgram(memoryMb: number): ChildProgram {
  const fromSource = import.meta.url.endsWith('.ts');
  const main = fileURLToPath(new URL(`child/main.${fromSource ? 'ts' : 'js'}`, import.meta.url));
  const loader = fromSource
    ? ['--conditions=leeway-source', '--import', createRequire(import.meta.url).resolve('tsx')]
    : [];
  return { file: process.execPath, args: [`--max-old-space-size=${memoryMb}`, ...loader, main] };
}
