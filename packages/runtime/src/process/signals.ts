import type { Lifecycle } from './lifecycle.js';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * SIGTERM or SIGINT stops everything and ends the process: code 0 when clean, 1 when something had to be left. A
 * second signal ends it at once. Only `main.ts` calls this.
 */
export function stopOnSignals(lifecycle: Lifecycle, exit: (code: number) => void = (code) => process.exit(code)): void {
  let asked = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (asked) return exit(1);
      asked = true;
      void lifecycle.stop(signal).then(({ clean }) => exit(clean ? 0 : 1));
    });
  }
}
