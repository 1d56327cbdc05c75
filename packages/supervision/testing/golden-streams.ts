import { createHash } from 'node:crypto';

/** Streams as models, agents and programs write them; each grows for as long as it is read. */
export interface GoldenStream {
  readonly name: string;
  /** The n-th piece, counted from 0. */
  readonly piece: (n: number) => string;
  /** Pieces in a second. */
  readonly pace: number;
}

const NOUNS = 'queue worker record script sweep lease clock budget window margin deadline attempt'.split(' ');
const VERBS = 'reads writes settles opens holds moves counts keeps drops joins splits asks'.split(' ');

/** The same figures for the same n, spread over a range. */
function spread(n: number, range: number): number {
  const mixed = Math.imul(Math.imul(n + 1, 0x9e3779b1) ^ (n >>> 3), 0x85ebca6b);
  return (mixed >>> 0) % range;
}
const pick = (words: readonly string[], n: number) => words[spread(n, words.length)] ?? '';

function sentence(n: number): string {
  const [a, b, c] = [pick(NOUNS, n), pick(VERBS, n * 3), pick(NOUNS, n * 7 + 1)];
  return `The ${a} ${b} the ${c} in its ${spread(n, 900)}th round, which ${pick(VERBS, n + 11)} what the ${pick(NOUNS, n + 5)} left. `;
}

function codeLines(n: number): string {
  const [name, other] = [pick(NOUNS, n), pick(NOUNS, n + 3)];
  return [
    `export function ${pick(VERBS, n)}${name}${n}(input: ${other}Input): number {`,
    `  const ${name} = input.${other}.at(${spread(n, 60)});`,
    `  if (${name} === undefined) {`,
    '    return 0;',
    '  }',
    `  return ${name}.value * ${spread(n * 3, 1_000)};`,
    '}',
    '',
    '',
  ].join('\n');
}

const base64 = (n: number) => createHash('sha512').update(String(n)).digest('base64');
const clock = (n: number) => new Date(Date.UTC(2026, 10, 21) + n * 500).toISOString();

/** None of these repeats itself, however long it is. */
export const HEALTHY: readonly GoldenStream[] = [
  { name: 'prose', piece: sentence, pace: 2 },
  { name: 'long code', piece: codeLines, pace: 1 },
  { name: 'code in a fence', piece: (n) => (n === 0 ? '```ts\n' : codeLines(n)), pace: 1 },
  { name: 'a slow list', piece: (n) => `- ${pick(NOUNS, n)} number ${n}: ${pick(VERBS, n)} it\n`, pace: 0.2 },
  { name: 'JSON rows', piece: (n) => `{"id": ${n}, "value": 0, "kind": "row", "tags": []}\n`, pace: 20 },
  {
    name: 'pretty JSON',
    piece: (n) => `  {\n    "id": ${n},\n    "name": "item",\n    "value": null\n  },\n`,
    pace: 10,
  },
  { name: 'a table', piece: (n) => `| ${n} | ${pick(NOUNS, n)} | ok | | | |\n`, pace: 5 },
  { name: 'base64', piece: (n) => `${base64(n)}\n`, pace: 10 },
  { name: 'base64 in one line', piece: base64, pace: 10 },
  { name: 'a log that repeats itself', piece: (n) => `${clock(n)} INFO GET /healthz 200 in 1 ms\n`, pace: 2 },
  { name: 'test output', piece: (n) => ` ✓ ${pick(NOUNS, n)} ${pick(VERBS, n * 5)} ${n} (1 ms)\n`, pace: 10 },
  {
    name: 'a progress bar',
    piece: (n) => `\r[${'#'.repeat(n % 40)}${' '.repeat(40 - (n % 40))}] ${n} of 100000`,
    pace: 5,
  },
  { name: 'Chinese', piece: (n) => `第${n}步：检查队列${spread(n, 97)}的状态，然后写入记录。`, pace: 2 },
  // Slow, and half of it repeats the sentences before.
  { name: 'a text that quotes itself', piece: (n) => sentence(n % 60 < 30 ? n : n - 30), pace: 0.4 },
];

/** These lead nowhere. */
export const STUCK: readonly GoldenStream[] = [
  { name: 'one sentence again and again', piece: () => 'I will try once more and read the file again. ', pace: 4 },
  { name: 'a paragraph again and again', piece: (n) => sentence(n % 12), pace: 4 },
  { name: 'one letter for ever', piece: () => 'aaaaaaaaaaaaaaaa', pace: 20 },
  { name: 'the same function again and again', piece: () => codeLines(1), pace: 3 },
  { name: 'a list of the same', piece: () => '- the same item as before, nothing new\n', pace: 5 },
];

/** Reads a stream for so long into a sink, at its pace. Times in ms. */
export function play(stream: GoldenStream, forMs: number, sink: (text: string, nowMs: number) => void): void {
  for (let n = 0; (n / stream.pace) * 1_000 < forMs; n += 1) sink(stream.piece(n), (n / stream.pace) * 1_000);
}
