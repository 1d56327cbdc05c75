import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Programs by name, each with the milliseconds that half of its runs take. */
const PROGRAMS = { 'crawl-docs.mjs': 1_300, 'transcribe.mjs': 3_600, 'render-report.mjs': 700 };

/** How far runs spread around their median: the standard deviation of the logarithm. */
const SPREAD = 0.28;

/**
 * A folder with programs whose runs take about as long as such work does relative to each other. `--size N` makes one
 * run N times the median, `--hang` makes it never end.
 */
export function workFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'leeway-work-'));
  for (const [name, medianMs] of Object.entries(PROGRAMS)) writeFileSync(join(folder, name), program(medianMs));
  return folder;
}

function program(medianMs: number): string {
  return `const after = (name) => Number(process.argv[process.argv.indexOf(name) + 1]);
const size = process.argv.includes('--size') ? after('--size') : 1;
const normal = size !== 1 ? 0 : Array.from({ length: 12 }, Math.random).reduce((a, b) => a + b) - 6;
const tookMs = process.argv.includes('--hang') ? 2 ** 30 : ${medianMs} * size * Math.exp(${SPREAD} * normal);
setTimeout(() => {}, tookMs);
`;
}
