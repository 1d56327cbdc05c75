import { CAUSES, ERRORS } from '@leeway/contract';
import { code, table } from './markdown.js';

/** docs/errors.md: every code of a refusal and every cause of a job that did not succeed. */
export function errorsReference(): string {
  const codes = Object.entries(ERRORS).map(([name, { status, title, advice }]) => [
    code(name),
    String(status),
    `${title}.`,
    advice,
  ]);
  const causes = Object.entries(CAUSES).map(([name, sentence]) => [code(name), sentence]);
  return `# Errors

Every refusal of the API is a problem document (RFC 9457): \`application/problem+json\` with \`type\`, \`title\`, \`status\`,
\`code\`, \`detail\` (what happened, with the facts), \`advice\` (what to do), \`requestId\` (for the operator, who finds it in
the log) and, where fields of the request are wrong, \`errors\` with a JSON pointer and a sentence for each. Branch on
\`code\`: codes are stable, texts may change. A running server shows this page at \`/docs/errors\`.

${table(['Code', 'Status', 'What it means', 'What to do'], codes)}

## Causes

Why a job, or one of its attempts, did not succeed: the field \`cause\`.

${table(['Cause', 'What it means'], causes)}
`;
}
