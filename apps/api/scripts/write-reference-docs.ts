import { writeFileSync } from 'node:fs';
import { REFERENCE_DOCS } from './reference-docs.js';

const TOP = new URL('../../../', import.meta.url);

for (const [path, content] of Object.entries(REFERENCE_DOCS)) {
  writeFileSync(new URL(path, TOP), content());
  process.stdout.write(`wrote ${path}\n`);
}
