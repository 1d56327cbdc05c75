import { readFileSync } from 'node:fs';
import { ERRORS } from '@leeway/contract';
import { expect, test } from 'vitest';
import { INSTRUCTIONS } from '../mcp/instructions.js';
import { TOOLS } from '../mcp/tools.js';

const read = (page: string) => readFileSync(new URL(`../../../../docs/${page}`, import.meta.url), 'utf8');

test('docs/mcp.md names every tool, and no other (F162)', () => {
  const named = [...read('mcp.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(new Set(named)).toEqual(new Set(TOOLS.map(({ name }) => name)));
});

test('docs/agents.md shows the instructions that the MCP server sends (F22)', () => {
  expect(read('agents.md')).toContain(`\`\`\`text\n${INSTRUCTIONS}\n\`\`\``);
});

test('the error codes in docs/agents.md and in the instructions exist', () => {
  for (const [, code] of read('agents.md').matchAll(/code `(\w+)`/g)) expect(ERRORS).toHaveProperty(String(code));
  for (const code of ['store_unavailable', 'outcome_unknown']) expect(INSTRUCTIONS).toContain(code);
});
