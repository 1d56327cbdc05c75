import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './paths.mjs';
import { timerLiterals } from './timer-literals.mjs';

/** Rules that no linter knows: which files may do what in the code that ships. Tests are free. */
const RULES = [
  {
    pattern: /from '(?:bullmq|ioredis)'/,
    mayDo: (file) => file.startsWith('packages/queue/'),
    message: 'only packages/queue talks to Redis or BullMQ',
  },
  {
    pattern: /from '@leeway\/testkit'/,
    mayDo: () => false,
    message: 'the testkit is for tests',
  },
  {
    pattern: /\bprocess\.env\b/,
    mayDo: (file) => file.endsWith('/main.ts'),
    message: 'only main.ts reads the environment',
  },
  {
    pattern: /\b(?:Date\.now\(\)|performance\.now\(\)|Math\.random\(\)|new Date\(\))/,
    mayDo: (file) => !file.startsWith('packages/estimator/'),
    message: 'the estimator is pure: time and chance are handed in',
  },
  {
    pattern: /\b(?:TODO|FIXME|XXX)\b/,
    mayDo: () => false,
    message: 'unfinished work belongs in an issue',
  },
];

const TIMER_RULE = 'a timer takes its duration from the policy, or from a constant that says what it is for';

/** Tests, and what only tests import. */
const FREE = /\.test\.ts$|\/test-[a-z-]+\.ts$|\/testing\/|^packages\/testkit\//;

/** Reads every source file of the packages and apps; `breaks` are lines of the form "file:line: rule". */
export function findRuleBreaks(root) {
  const files = ['packages', 'apps'].flatMap((folder) => sourceFiles(root, folder)).filter((file) => !FREE.test(file));
  const breaks = files.flatMap((file) => {
    const rules = RULES.filter(({ mayDo }) => !mayDo(file));
    const text = readFileSync(join(root, file), 'utf8');
    const ofTimers = timerLiterals(text).map((line) => `${file}:${line}: ${TIMER_RULE}`);
    const ofLines = text
      .split('\n')
      .flatMap((line, i) =>
        isComment(line)
          ? []
          : rules.filter(({ pattern }) => pattern.test(line)).map(({ message }) => `${file}:${i + 1}: ${message}`),
      );
    return [...ofLines, ...ofTimers];
  });
  return { files: files.length, breaks };
}

function sourceFiles(root, folder) {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const source = join(root, folder, name, 'src');
    return readdirSync(source, { recursive: true })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => relative(root, join(source, file)));
  });
}

function isComment(line) {
  return /^\s*(?:\/\/|\/?\*)/.test(line);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { breaks } = findRuleBreaks(ROOT);
  for (const line of breaks) console.error(line);
  process.exitCode = breaks.length > 0 ? 1 : 0;
}
