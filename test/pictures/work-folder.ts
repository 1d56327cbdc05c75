import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Programs by name, with the median duration of their runs in milliseconds. */
const PROGRAMS = { 'crawl-docs.mjs': 1_300, 'transcribe.mjs': 3_600, 'render-report.mjs': 700 };

/** Spread of the durations: the standard deviation of their logarithm. */
const SPREAD = 0.28;

/**
 * A folder with programs whose durations vary like those of real work. `--size N`: this run takes N times the median.
 * `--hang`: it never ends.
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
