import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { measureBulkAndDrain } from './measures/bulk-and-drain.js';
import { measureCommands } from './measures/commands.js';
import { type Figure, median } from './measures/figures.js';
import { measureFootprint } from './measures/footprint.js';
import { measureLatency } from './measures/latency.js';
import { measureSubmission } from './measures/submission.js';

/**
 * `npm run bench throughput -- [--quick] [--rounds N] [--only a,b] [--json FILE]`: the whole product beside bare BullMQ, and
 * beside what a user writes in an afternoon. In each round both run right after one another; what counts is their ratio.
 */
const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'string' },
  },
});
const { quick } = values;
const rounds = Number(values.rounds ?? (quick ? '1' : '5'));

const MEASURES: Record<string, () => Promise<Figure[]>> = {
  submission: () => measureSubmission({ jobs: quick ? 5_000 : 20_000 }),
  drain: () => measureBulkAndDrain({ jobs: quick ? 10_000 : 40_000 }),
  latency: () => measureLatency({ idleJobs: quick ? 150 : 500, perS: 500, seconds: quick ? 4 : 20 }),
  commands: () => measureCommands({ jobs: 200 }),
};
const chosen = values.only?.split(',') ?? [...Object.keys(MEASURES), 'footprint'];

const found = new Map<string, Figure[]>();
for (let round = 1; round <= rounds; round += 1) {
  for (const name of chosen.filter((each) => each in MEASURES)) {
    const figures = await (MEASURES[name] as () => Promise<Figure[]>)();
    for (const figure of figures) found.set(figure.name, [...(found.get(figure.name) ?? []), figure]);
    console.log(
      `round ${round}, ${name}: ${figures.map((each) => `${each.name} ${ratio(each).toFixed(2)}x`).join('; ')}`,
    );
  }
}

console.log(`\nNode ${process.version}, ${cpus().length} processors, ${rounds} rounds, medians (range of the ratio)\n`);
console.log('| | Leeway | beside | ratio |\n| --- | --- | --- | --- |');
for (const [name, figures] of found) {
  const { unit, peer } = figures[0] as Figure;
  const ratios = figures.map(ratio);
  const range = rounds > 1 ? ` (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})` : '';
  const [leeway, bare] = [median(figures.map((each) => each.leeway)), median(figures.map((each) => each.bare))];
  console.log(
    `| ${name} | ${shown(leeway)} ${unit} | ${peer}: ${shown(bare)} | ${median(ratios).toFixed(2)}x${range} |`,
  );
}
if (chosen.includes('footprint')) console.log(`\nOne worker: ${JSON.stringify(await measureFootprint())}`);
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(Object.fromEntries(found), null, 2));

function ratio({ leeway, bare }: Figure): number {
  return leeway / bare;
}

function shown(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
