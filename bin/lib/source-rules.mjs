import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { oldWordsIn } from './old-words.mjs';
import { ROOT } from './paths.mjs';

/** The rules that oxlint does not have. `find` gets code without comments and strings, then the text, and yields `[index, message]`. */
const RULES = [
  { appliesTo: (file) => !file.endsWith('/old-words.mjs'), find: oldWords },
  { appliesTo: (file) => isProduct(file) && file.endsWith('.ts'), find: timersWithNumbers },
  { appliesTo: (file) => file.endsWith('.lua'), find: keysOfBullMq },
];
const FOLDERS = ['packages', 'apps', 'bin', 'test', 'bench', 'examples'];
const SOURCE = /\.(?:ts|mjs|lua)$/;
const SKIPPED = /^(?:node_modules|dist|\.turbo)$/;
const TESTS = /\.test\.ts$|\/test-[a-z-]+\.ts$|\/testing\/|^packages\/testkit\//;

/** Breaks of the rules below `root`, each as "file:line: message", and the number of files read. */
export function findRuleBreaks(root) {
  const files = FOLDERS.flatMap((folder) => sourceFiles(join(root, folder))).map((file) => relative(root, file));
  const breaks = files.flatMap((file) => {
    const rules = RULES.filter(({ appliesTo }) => appliesTo(file));
    const text = readFileSync(join(root, file), 'utf8');
    const code = blank(text, file.endsWith('.lua') ? LUA : SCRIPT);
    return rules.flatMap(({ find }) =>
      [...find(code, text)].map(([index, message]) => `${file}:${text.slice(0, index).split('\n').length}: ${message}`),
    );
  });
  return { files: files.length, breaks };
}

function* oldWords(code) {
  for (const { 0: identifier, index } of code.matchAll(/[A-Za-z_$][\w$]*/g)) {
    for (const { word, better } of oldWordsIn(identifier))
      yield [index, `"${word}" in ${identifier} is an old word; use: ${better}`];
  }
}

function* keysOfBullMq(_, text) {
  for (const { index } of blank(text, LUA_COMMENT).matchAll(/:bull\b/g))
    yield [index, 'scripts leave the keys of BullMQ alone: ask for its jobs by its public methods'];
}

const TIMER = /\b(?:setTimeout|setInterval|sleep|delay|AbortSignal\.timeout)\(/g;
/** A number by itself: not a part of a name, and not 0, which means "as soon as possible". */
const NUMBER = /(?<![\w.])(?!0(?![\d.]))\d[\d_]*(?:\.\d+)?(?!\w)/;

function* timersWithNumbers(code) {
  for (const { 0: call, index } of code.matchAll(TIMER)) {
    if (plainArguments(code, index + call.length).some((argument) => NUMBER.test(argument)))
      yield [index, 'a timer gets its duration from the policy, or from a constant that names its purpose'];
  }
}

/** The arguments of a call that start at `from`, without functions. */
function plainArguments(code, from) {
  const found = [];
  let depth = 0;
  let start = from;
  for (let i = from; i < code.length && depth >= 0; i += 1) {
    if ('([{'.includes(code[i])) depth += 1;
    if (')]}'.includes(code[i])) depth -= 1;
    if (depth < 0 || (depth === 0 && code[i] === ',')) {
      found.push(code.slice(start, i));
      start = i + 1;
    }
  }
  return found.filter((each) => !/=>|\bfunction\b/.test(each));
}

const STRINGS = String.raw`'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"`;
const REGEXP = String.raw`(?<=[=(,:;!&|?{}\n]\s*)/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*`;
const BRACES = String.raw`\{(?:[^{}'"\`]|${STRINGS}|\`[^\`]*\`|\{(?:[^{}'"\`]|${STRINGS})*\})*\}`;
const TEMPLATE = String.raw`\`(?:[^\`\\$]|\\.|\$(?!\{)|\$${BRACES})*\``;
const SCRIPT = new RegExp(String.raw`/\*[\s\S]*?\*/|//.*|${REGEXP}|${STRINGS}|${TEMPLATE}`, 'g');
const LUA_COMMENT = /--\[\[[\s\S]*?\]\]|--.*/g;
const LUA = new RegExp(`${LUA_COMMENT.source}|${STRINGS}`, 'g');

/** The text with every match replaced by blanks, so that indexes and lines stay the same. */
function blank(text, pattern) {
  return text.replaceAll(pattern, (match) => match.replaceAll(/[^\n]/g, ' '));
}

function isProduct(file) {
  return /^(?:packages|apps)\/[^/]+\/src\//.test(file) && !TESTS.test(file);
}

function sourceFiles(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (SKIPPED.test(name)) return [];
    if (statSync(path).isDirectory()) return sourceFiles(path);
    return SOURCE.test(name) ? [path] : [];
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { breaks } = findRuleBreaks(ROOT);
  for (const line of breaks) console.error(line);
  process.exitCode = breaks.length > 0 ? 1 : 0;
}
