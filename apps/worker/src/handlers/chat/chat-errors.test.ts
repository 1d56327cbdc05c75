import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CHAT_ERRORS } from './chat-errors.js';

test('docs/chat.md lists every error code with its cause and its consequence', () => {
  const page = readFileSync(new URL('../../../../../docs/chat.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => /^\| `\w+` \| (next model|fails for good) \|/.test(line));
  const table = Object.entries(CHAT_ERRORS).map(
    ([code, entry]) =>
      `| \`${code}\` | ${entry.next === 'fallback' ? 'next model' : 'fails for good'} | \`${entry.cause}\` | ${entry.meaning} |`,
  );
  expect(rows).toEqual(table);
});
