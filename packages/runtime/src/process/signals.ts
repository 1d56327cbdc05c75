import type { Lifecycle } from './lifecycle.js';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Stops the process on SIGTERM or SIGINT, with exit code 0 when all parts stopped, else 1. A second signal ends it at
 * once. Called by `main.ts` only.
 */
export function stopOnSignals(lifecycle: Lifecycle, exit: (code: number) => void = (code) => process.exit(code)): void {
  let stopping = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (stopping) return exit(1);
      stopping = true;
      void lifecycle.stop(signal).then(({ clean }) => exit(clean ? 0 : 1));
    });
  }
}
