import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const resolve = { conditions: ['leeway-source'] };
const ssr = { resolve: { conditions: ['leeway-source'], externalConditions: ['leeway-source'] } };

/** Files that take longest: one of them begun last would keep one worker busy and the others idle. */
const LONGEST = [
  ...['isolated-handler', 'command-handler', 'leash-lost', 'worker-lost', 'main.store', 'model-variants.store'],
  ...['crash-points.store', 'recovery.store', 'leeway-policy', 'scale', 'decide.properties'],
  ...['chaos', 'start', 'blocked-worker', 'dashboard', 'lost-worker', 'demo', 'misbehaving-handlers', 'cli'],
];

/** By default the order follows the last run, which a fresh checkout does not have. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => LONGEST.includes(basename(moduleId, '.test.ts'));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

/** Files share the modules that they import, which are loaded once for each worker; nothing that a test replaces stays replaced. */
const shared = { isolate: false, restoreMocks: true, unstubEnvs: true, unstubGlobals: true };

/** Three kinds of tests: arithmetic and parsing; one real Redis per file; whole stacks of real processes. */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve,
        ssr,
        test: {
          ...shared,
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'apps/*/src/**/*.test.ts',
            'bench/**/*.test.ts',
            'examples/*/src/**/*.test.ts',
            'bin/**/*.test.mjs',
          ],
          exclude: ['**/*.store.test.ts', '**/node_modules/**', '**/dist/**'],
          testTimeout: 30_000,
          // One more than the processors of a small machine: tests wait most of the time.
          maxWorkers: 3,
        },
      },
      {
        resolve,
        ssr,
        test: {
          ...shared,
          name: 'store',
          include: ['packages/*/src/**/*.store.test.ts', 'apps/*/src/**/*.store.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          maxWorkers: 3,
        },
      },
      {
        resolve,
        ssr,
        test: {
          ...shared,
          name: 'system',
          include: ['test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 3,
          // After the others: a stack is several processes, and its limits of time are those of a machine that has room.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
