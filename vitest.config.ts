import { basename } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const resolve = { conditions: ['leeway-source'] };
const ssr = { resolve: { conditions: ['leeway-source'], externalConditions: ['leeway-source'] } };

/** System tests that take longest, the longest first: one of them begun last would keep one worker busy and the other idle. */
const LONGEST = ['chaos', 'start', 'blocked-worker', 'dashboard', 'lost-worker', 'demo', 'redis-trouble', 'webhooks'];

/** By default the order follows the last run, which a fresh checkout does not have. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = LONGEST.indexOf(basename(moduleId, '.test.ts'));
      return at === -1 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
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
          // Many of them wait most of the time.
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
          maxWorkers: 2,
          // After the others: a stack is several processes, and its time limits are those of a machine that has room.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
