import { defineConfig } from 'vitest/config';

const resolve = { conditions: ['leeway-source'] };
const ssr = { resolve: { conditions: ['leeway-source'], externalConditions: ['leeway-source'] } };

/** Three kinds of tests: arithmetic and parsing; one real Redis per file; whole stacks of real processes. */
export default defineConfig({
  test: {
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'apps/*/src/**/*.test.ts',
            'bench/**/*.test.ts',
            'examples/*/src/**/*.test.ts',
            'bin/**/*.test.mjs',
          ],
          exclude: ['**/*.store.test.ts', '**/node_modules/**', '**/dist/**'],
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'store',
          include: ['packages/*/src/**/*.store.test.ts', 'apps/*/src/**/*.store.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        resolve,
        ssr,
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          // After the others: a stack is several processes, and its time limits are those of a machine that has room.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
